"""Durations, quantities and names as users write them in YAML.

They stay strings in the models, since that is what the API server stores and compares; these
functions give them their meaning. The patterns are valid both here and in the server's RE2.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, Field, PlainSerializer, WithJsonSchema

DURATION_PATTERN: Final = "^([0-9]{1,5}h)?([0-9]{1,5}m)?([0-9]{1,5}s)?$"
"""Go's duration syntax, whole hours, minutes and seconds only: fractions read badly in reviews."""

HARBOR_NAME_PATTERN: Final = "^[a-z0-9]+(?:[._-][a-z0-9]+)*$"
"""What Harbor accepts as the name of a project and of a robot account."""

DNS_SUBDOMAIN_PATTERN: Final = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
"""What Kubernetes accepts as the name of most objects (RFC 1123)."""

MAX_NAME_LENGTH: Final = 253
"""The longest name of a Kubernetes object (RFC 1123 subdomain)."""

UNLIMITED: Final = "Unlimited"
"""The word for "no quota"; Harbor's API writes it as -1."""

UNLIMITED_BYTES: Final = -1
"""Harbor's number for "no quota"."""

MAX_QUOTA_BYTES: Final = 1024 * 2**40
"""1024Ti, the largest quota that Harbor's own interface accepts."""

_DURATION: Final = re.compile(DURATION_PATTERN)
_QUANTITY: Final = re.compile("^([0-9]{1,16})(k|M|G|T|Ki|Mi|Gi|Ti)?$")
_MULTIPLIERS: Final[Mapping[str, int]] = {
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
}


def parse_duration(text: str) -> timedelta:
    """Read a duration such as `720h` or `1h30m`.

    Raises:
        ValueError: The text is empty or uses another unit than h, m and s in this order.
    """
    match = _DURATION.fullmatch(text)
    if match is None or not text:
        raise ValueError(f"{text!r} is not a duration: write whole h, m and s, such as 1h30m")
    hours, minutes, seconds = (int(part[:-1]) if part else 0 for part in match.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def parse_quantity(quantity: int | str) -> int:
    """Read a storage quantity such as `50Gi`, and give its bytes; -1 stands for Unlimited.

    Raises:
        ValueError: It is not a whole number with one of Kubernetes' suffixes up to T and Ti,
            or it is not between 1 byte and 1024Ti.
    """
    if quantity == UNLIMITED:
        return UNLIMITED_BYTES
    match = _QUANTITY.fullmatch(str(quantity))
    if match is None:
        raise ValueError(f"{quantity!r} is not a quantity such as 50Gi, nor {UNLIMITED}")
    number, suffix = match.groups()
    size = int(number) * _MULTIPLIERS.get(suffix, 1)
    if not 0 < size <= MAX_QUOTA_BYTES:
        raise ValueError(f"{quantity!r} is not between 1 byte and 1024Ti")
    return size


def format_quantity(size: int) -> int | str:
    """Write a number of bytes with the largest binary suffix that loses nothing."""
    if size == UNLIMITED_BYTES:
        return UNLIMITED
    for suffix in ("Ti", "Gi", "Mi", "Ki"):
        number, rest = divmod(size, _MULTIPLIERS[suffix])
        if number and not rest:
            return f"{number}{suffix}"
    return size


def format_time(instant: datetime) -> str:
    """Write an instant as Kubernetes does: UTC, whole seconds, a Z."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _checked_duration(text: str) -> str:
    parse_duration(text)
    return text


def _checked_quantity(quantity: int | str) -> int | str:
    parse_quantity(quantity)
    return quantity


Duration = Annotated[
    str,
    Field(pattern=DURATION_PATTERN, min_length=2, max_length=18),
    AfterValidator(_checked_duration),
]
"""A duration on the wire; `parse_duration` gives its meaning."""

Quantity = Annotated[
    int | str,
    AfterValidator(_checked_quantity),
    WithJsonSchema(
        {
            "x-kubernetes-int-or-string": True,
            "maxLength": 32,
            "x-kubernetes-validations": [
                {
                    "rule": (
                        f"type(self) == int ? self > 0 && self <= {MAX_QUOTA_BYTES}"
                        f" : self == '{UNLIMITED}'"
                        " || self.matches('^[0-9]{1,16}(k|M|G|T|Ki|Mi|Gi|Ti)?$')"
                        " && quantity(self).isGreaterThan(quantity('0'))"
                        " && quantity(self).compareTo(quantity('1024Ti')) <= 0"
                    ),
                    "message": (
                        "a storage quota is a whole number of bytes with an optional suffix"
                        f" k, M, G, T, Ki, Mi, Gi or Ti, up to 1024Ti, or {UNLIMITED}"
                    ),
                }
            ],
        }
    ),
]
"""A storage size on the wire; `parse_quantity` gives its bytes."""

Timestamp = Annotated[AwareDatetime, PlainSerializer(format_time, return_type=str)]
"""An instant, written with whole seconds so that equal states give equal bytes."""

ObjectName = Annotated[
    str, Field(pattern=DNS_SUBDOMAIN_PATTERN, min_length=1, max_length=MAX_NAME_LENGTH)
]
"""The name of a Kubernetes object."""

NamespaceName = Annotated[
    str, Field(pattern="^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", min_length=1, max_length=63)
]
"""The name of one namespace (RFC 1123 label)."""

NamespaceGlob = Annotated[str, Field(pattern="^[-a-z0-9*]+$", min_length=1, max_length=63)]
"""The name of a namespace in which `*` stands for any characters; it must match in full."""

ProjectGlob = Annotated[
    str, Field(pattern=r"^([-a-z0-9._*]|\{namespace\})+$", min_length=1, max_length=255)
]
"""The name of a Harbor project, with `*` for any characters and `{namespace}` for a name."""

RegistryName = Annotated[
    str, Field(pattern="^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$", min_length=1, max_length=64)
]
"""The name of an upstream registry in Harbor, which takes at most 64 characters."""

RegistryGlob = Annotated[str, Field(pattern="^[-A-Za-z0-9_.*]+$", min_length=1, max_length=64)]
"""The name of an upstream registry, with `*` for any characters; it must match in full."""

HostGlob = Annotated[str, Field(pattern="^[-a-z0-9.*]+$", min_length=1, max_length=253)]
"""The host of a URL without its port, with `*` for any characters; it must match in full."""

Certificates = Annotated[str, Field(max_length=262144, pattern="-----BEGIN CERTIFICATE-----")]
"""One certificate or more in PEM form."""

SecretKey = Annotated[str, Field(pattern="^[-._a-zA-Z0-9]+$", min_length=1, max_length=253)]
"""A key in the data of a Secret or a ConfigMap."""

LabelValue = Annotated[
    str, Field(pattern="^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$", max_length=63)
]
"""The value of a label; it may be empty."""

AnnotationValue = Annotated[str, Field(max_length=16384)]
"""The value of an annotation."""

RegistryHost = Annotated[
    str,
    Field(
        pattern="^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?$",
        min_length=1,
        max_length=259,
    ),
]
"""A registry as it stands before the first slash of an image name: host or host:port."""

Text = Annotated[str, Field(max_length=1024)]
"""A bounded string in a status."""

MAX_TOKEN_LENGTH: Final = 1024
"""Longer request tokens are cut where the status repeats them."""

Token = Annotated[str, Field(max_length=MAX_TOKEN_LENGTH)]
"""A request token as a person wrote it into an annotation."""
