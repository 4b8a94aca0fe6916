"""Which images run, by what pods say of themselves."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.failures import CommandError
from harbor_operator.cli.images import Image, read_image
from harbor_operator.cli.objects import status_of
from harbor_operator.cli.scan_report.model import ForeignImage
from harbor_operator.cli.scan_report.sentences import number
from harbor_operator.kube.resources import JsonObject

_ENDED: Final = frozenset({"Succeeded", "Failed"})
_DIGEST: Final = re.compile(r"@(sha256:[0-9a-f]{64})$")
_PARTS: Final = {
    "initContainers": "initContainerStatuses",
    "containers": "containerStatuses",
    "ephemeralContainers": "ephemeralContainerStatuses",
}
_USUAL_TAG: Final = "latest"


@dataclass(frozen=True, slots=True)
class RunningImage:
    """An image of the Harbor that is asked, and the pods that run it."""

    image: Image
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Running:
    """What runs.

    Attributes:
        images: Of the Harbor that is asked.
        foreign: Of other registries.
        notes: What is not known.
    """

    images: tuple[RunningImage, ...]
    foreign: tuple[ForeignImage, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """A container's image as its pod names it, and the digest of what runs, if that is known."""

    pod: str
    named: str
    digest: str
    pulled: bool


def uses_of(pod: JsonObject) -> tuple[Use, ...]:
    """The images of a pod's containers; none of a pod that has ended."""
    if status_of(pod).get("phase") in _ENDED:
        return ()
    return tuple(_uses(pod))


def running_among(uses: Iterable[Use], hosts: Sequence[str]) -> Running:
    """Tell apart what is of the Harbor that is known by these hosts, and what is not."""
    images: dict[Image, list[str]] = {}
    foreign: dict[str, list[str]] = {}
    unpulled, by_tag = 0, 0
    for use in uses:
        image = _image(use)
        if image is None or image.host not in hosts:
            foreign.setdefault(use.named, []).append(use.pod)
            continue
        unpulled += not use.pulled
        by_tag += use.pulled and not image.digest
        images.setdefault(image, []).append(use.pod)
    return Running(
        tuple(RunningImage(image, _once(pods)) for image, pods in images.items()),
        tuple(ForeignImage(name, _once(pods)) for name, pods in sorted(foreign.items())),
        tuple(_notes(unpulled, by_tag)),
    )


def _uses(pod: JsonObject) -> Iterator[Use]:
    spec, status = pod.get("spec") or {}, status_of(pod)
    name = pod["metadata"]["name"]
    for part, reported in _PARTS.items():
        states = {str(entry.get("name")): entry for entry in status.get(reported) or ()}
        for container in spec.get(part) or ():
            state = states.get(str(container.get("name")), {})
            if part != "containers" and "terminated" in (state.get("state") or {}):
                continue
            pulled = str(state.get("imageID") or "")
            found = _DIGEST.search(pulled)
            digest = found.group(1) if found else ""
            started = bool(pulled) or "running" in (state.get("state") or {})
            yield Use(name, str(container.get("image", "")), digest, pulled=started)


def _image(use: Use) -> Image | None:
    """The image by the digest that runs, or as it is named; None for a name of another form."""
    try:
        image = read_image(use.named)
    except CommandError:
        return None
    digest = use.digest or image.digest
    tag = "" if digest else image.tag or _USUAL_TAG
    return Image(image.host, image.project, image.repository, tag, digest)


def _notes(unpulled: int, by_tag: int) -> Iterator[str]:
    if unpulled:
        yield f"{number(unpulled, 'container')} not started yet: judged by the image that is named"
    if by_tag:
        yield (
            f"{number(by_tag, 'container')} judged by tag: the node does not tell which digest runs"
        )


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))
