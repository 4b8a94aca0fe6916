"""Proxy cache: a project that holds copies of what another registry serves."""

from typing import Annotated, Final, Literal

from pydantic import Field, WithJsonSchema

from harbor_operator.api.model import ApiModel, Rule, checked_by
from harbor_operator.api.values import UNLIMITED, RegistryName

MAX_BANDWIDTH_KBPS: Final = 2**31 - 1
"""Harbor reads a 32-bit integer."""

Bandwidth = Annotated[
    Literal["Unlimited"] | Annotated[int, Field(ge=1, le=MAX_BANDWIDTH_KBPS)],
    WithJsonSchema(
        {
            "x-kubernetes-int-or-string": True,
            **checked_by(
                Rule(
                    f"type(self) == int ? self >= 1 && self <= {MAX_BANDWIDTH_KBPS}"
                    f" : self == '{UNLIMITED}'",
                    f"bandwidthKBps: a number from 1 on, or {UNLIMITED}",
                )
            ),
        }
    ),
]
"""KiB per second, or the word Unlimited."""


class ProxyCache(ApiModel):
    """Makes the project a cache of another registry; nobody can push to it."""

    registry: RegistryName
    """Name of the upstream registry in Harbor, one of those that the tenant rule allows;
    immutable."""

    bandwidth_kbps: Bandwidth | None = None
    """How many KiB a second may be fetched from upstream, or Unlimited. Absent: left as it is."""


PROXY_CACHE_IS_IMMUTABLE: Final = Rule(
    "has(self.proxyCache) == has(oldSelf.proxyCache) && (!has(self.proxyCache)"
    " || self.proxyCache.registry == oldSelf.proxyCache.registry)",
    "proxyCache: whether a project is a proxy cache, and of which registry, is immutable:"
    " create another HarborProject instead",
    field="proxyCache",
)
"""The rule of a spec with a proxy cache."""
