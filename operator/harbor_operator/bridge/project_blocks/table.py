"""Where the adapters are listed: a row for each block that the core lists."""

from collections.abc import Mapping
from typing import Any

from harbor_operator.bridge.project_blocks.adapter import Adapter
from harbor_operator.bridge.project_blocks.allowed_cves import AllowedCVEsAdapter
from harbor_operator.bridge.project_blocks.immutable_tags import ImmutableTagsAdapter
from harbor_operator.bridge.project_blocks.labels import LabelsAdapter
from harbor_operator.bridge.project_blocks.members import MembersAdapter
from harbor_operator.bridge.project_blocks.metadata import MetadataAdapter
from harbor_operator.bridge.project_blocks.proxy_cache import ProxyCacheAdapter
from harbor_operator.bridge.project_blocks.quota import QuotaAdapter
from harbor_operator.bridge.project_blocks.retention import RetentionAdapter
from harbor_operator.bridge.project_blocks.scanner import ScannerAdapter
from harbor_operator.bridge.project_blocks.webhooks import WebhooksAdapter
from harbor_operator.core.project.blocks.allowed_cves import ALLOWED_CVES
from harbor_operator.core.project.blocks.immutable_tags import IMMUTABLE_TAGS
from harbor_operator.core.project.blocks.labels import LABELS
from harbor_operator.core.project.blocks.members import MEMBERS
from harbor_operator.core.project.blocks.metadata import METADATA
from harbor_operator.core.project.blocks.proxy_cache import PROXY_CACHE
from harbor_operator.core.project.blocks.quota import QUOTA
from harbor_operator.core.project.blocks.retention import RETENTION
from harbor_operator.core.project.blocks.scanner import SCANNER
from harbor_operator.core.project.blocks.webhooks import WEBHOOKS

ADAPTERS: Mapping[str, Adapter[Any, Any]] = {
    PROXY_CACHE.name: ProxyCacheAdapter(),
    METADATA.name: MetadataAdapter(),
    QUOTA.name: QuotaAdapter(),
    ALLOWED_CVES.name: AllowedCVEsAdapter(),
    SCANNER.name: ScannerAdapter(),
    MEMBERS.name: MembersAdapter(),
    IMMUTABLE_TAGS.name: ImmutableTagsAdapter(),
    RETENTION.name: RetentionAdapter(),
    LABELS.name: LabelsAdapter(),
    WEBHOOKS.name: WebhooksAdapter(),
}
