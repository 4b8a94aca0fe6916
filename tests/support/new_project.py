"""A project that nobody has set, as each block of settings sees it."""

from typing import Any

from harbor_operator.core.project.blocks.allowed_cves import AllowedCVEs
from harbor_operator.core.project.blocks.metadata import MetadataSeen
from harbor_operator.core.project.blocks.proxy_cache import UpstreamSeen
from harbor_operator.core.project.blocks.quota import Quota
from harbor_operator.core.project.blocks.scanner import ScannersSeen
from harbor_operator.core.project.blocks.webhooks import WebhooksSeen

NEW: dict[str, Any] = {
    "proxyCache": UpstreamSeen(None, None),
    "metadata": MetadataSeen({"public": "false"}),
    "storageQuota": Quota(9, -1, 0),
    "allowedCVEs": AllowedCVEs(),
    "scanner": ScannersSeen("Trivy", default=True),
    "members": (),
    "immutableTags": (),
    "retention": None,
    "labels": (),
    "webhooks": WebhooksSeen(allowed_hosts=("*",)),
}
"""A project that nobody has set, as each block sees it."""
