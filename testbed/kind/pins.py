"""Which images and charts stand for the minors of Kubernetes and Harbor."""

from collections.abc import Mapping
from dataclasses import dataclass

from testbed.errors import WorldError

NODE_IMAGES: Mapping[str, str] = {
    "1.35": "kindest/node:v1.35.0@sha256:"
    "452d707d4862f52530247495d180205e029056831160e22870e37e3f6c1ac31f",
    "1.36": "kindest/node:v1.36.1@sha256:"
    "3489c7674813ba5d8b1a9977baea8a6e553784dab7b84759d1014dbd78f7ebd5",
    "1.37": "kindest/node:v1.37.0@sha256:"
    "a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5",
}
"""What kind's own releases have as their default, by minor of Kubernetes."""
CHART_VERSIONS: Mapping[str, str] = {
    "2.12": "1.16.2",
    "2.13": "1.17.1",
    "2.14": "1.18.2",
    "2.15": "1.19.0",
    "2.16": "1.20.0",
}
"""Harbor's chart by minor of Harbor: the minors differ by four, the patch is the same."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What one run is made of."""

    node_image: str
    chart_version: str


def pair_of(kubernetes: str, harbor: str) -> Pair:
    """The pins of two minors.

    Raises:
        WorldError: one of them is not pinned here.
    """
    return Pair(
        _pinned(NODE_IMAGES, "KUBERNETES_VERSION", kubernetes),
        _pinned(CHART_VERSIONS, "HARBOR_VERSION", harbor),
    )


def _pinned(pins: Mapping[str, str], variable: str, minor: str) -> str:
    if minor not in pins:
        raise WorldError(f"{variable}={minor} is none of {', '.join(pins)}")
    return pins[minor]
