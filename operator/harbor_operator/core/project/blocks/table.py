"""Where the blocks are listed: one row each, in the order in which they are brought in line."""

from typing import Any

from harbor_operator.core.project.blocks.allowed_cves import ALLOWED_CVES
from harbor_operator.core.project.blocks.block import Block
from harbor_operator.core.project.blocks.immutable_tags import IMMUTABLE_TAGS
from harbor_operator.core.project.blocks.labels import LABELS
from harbor_operator.core.project.blocks.members import MEMBERS
from harbor_operator.core.project.blocks.metadata import METADATA
from harbor_operator.core.project.blocks.proxy_cache import PROXY_CACHE
from harbor_operator.core.project.blocks.quota import QUOTA
from harbor_operator.core.project.blocks.retention import RETENTION
from harbor_operator.core.project.blocks.scanner import SCANNER
from harbor_operator.core.project.blocks.webhooks import WEBHOOKS

BLOCKS: tuple[Block[Any, Any], ...] = (
    PROXY_CACHE,
    METADATA,
    QUOTA,
    ALLOWED_CVES,
    SCANNER,
    MEMBERS,
    IMMUTABLE_TAGS,
    RETENTION,
    LABELS,
    WEBHOOKS,
)
