"""The proof that credentials work, are needed, and are replaced without a gap."""

import asyncio
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from testbed.control_plane.api import Api, Json
from testbed.demo.samples import Cast
from testbed.demo.setting import Setting
from testbed.endtoend.crane import ANONYMOUS, Crane, CraneError, docker_config
from testbed.endtoend.objects import GROUP, AwaitedError, decoded, path_of, status_of, wait_for
from testbed.errors import WorldError
from testbed.tools.waiting import until

ROTATE = f"{GROUP}/rotate-requested-at"
_ROTATION_SECONDS = 60.0
_SCAN_SECONDS = 60.0
"""A project with pullRestrictions serves an image only after Harbor has scanned it."""
_GRACE_SECONDS = 40.0
"""How much later than announced a robot's end may be noticed, across skewed clocks."""
_PAUSE_SECONDS = 1.0
_PULLS_PER_LINE = 15
"""A sign of life every quarter of a minute."""
_REFUSAL = re.compile(r"unauthorized|denied|forbidden", re.IGNORECASE)
"""What registries say to those whom they refuse, somewhere in a client's long line."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A pull secret as it was delivered to a namespace."""

    namespace: str
    name: str
    docker_config: str

    @classmethod
    def read(cls, secret: Json) -> Self:
        """What a pod of the Secret's namespace gets from it."""
        metadata = secret["metadata"]
        return cls(metadata["namespace"], metadata["name"], decoded(secret)[".dockerconfigjson"])


async def prove(setting: Setting, cast: Cast) -> None:
    """Push, pull, be refused, rotate, and pull again.

    Raises:
        WorldError: something is not as promised; the message says what.
    """
    image = await _push(setting, cast)
    delivered = await _delivered(setting.api, cast)
    await _pull_when_scanned(setting.crane, image, delivered.docker_config)
    setting.screen.proven(
        f"Pulled with Secret {delivered.namespace}/{delivered.name}, delivered from"
        f" {cast.pull_secret['metadata']['namespace']}"
    )
    refusal = await _refusal(setting.crane, image, ANONYMOUS)
    setting.screen.proven(f"Refused without a credential ({refusal})")
    await _rotate(setting, cast, image, delivered)


async def _push(setting: Setting, cast: Cast) -> str:
    metadata = cast.ci_robot["metadata"]
    name = cast.ci_robot["spec"].get("secretName", metadata["name"])
    login = decoded(await setting.api.get(_secret_path(metadata["namespace"], name)))
    project = status_of(await setting.api.get(path_of(cast.project)))["projectName"]
    image = f"{login['registry']}/{project}/demo:1"
    config = docker_config(login["registry"], login["username"], login["password"])
    await setting.crane.push(image, config)
    setting.screen.proven(f"Pushed {image} as {login['username']}")
    return image


async def _delivered(api: Api, cast: Cast) -> Delivered:
    """The pull secret in the first of the other namespaces that have it."""
    owner = await api.get(path_of(cast.pull_secret))
    uid, home = owner["metadata"]["uid"], owner["metadata"]["namespace"]
    found = await api.get(f"/api/v1/secrets?labelSelector={GROUP}/owner-uid={uid}")
    others = [one for one in found["items"] if one["metadata"]["namespace"] != home]
    if not others:
        raise WorldError(f"no other namespace has the pull secret {owner['metadata']['name']}")
    return Delivered.read(others[0])


async def _pull_when_scanned(crane: Crane, image: str, config: str) -> None:
    deadline = time.monotonic() + _SCAN_SECONDS
    while True:
        try:
            return await crane.pull(image, config)
        except CraneError as refusal:
            unscanned = "scan" in str(refusal).lower()
            if not unscanned or time.monotonic() > deadline:
                raise
        await asyncio.sleep(_PAUSE_SECONDS)


async def _refusal(crane: Crane, image: str, config: str) -> str:
    try:
        await crane.pull(image, config)
    except CraneError as refusal:
        return _refusal_in(str(refusal))
    raise WorldError(f"{image} was served to somebody who may not have it")


def _refusal_in(line: str) -> str:
    """The registry's word in what the client says.

    Raises:
        WorldError: the client failed for another reason.
    """
    found = _REFUSAL.search(line)
    if found is None:
        raise WorldError(f"a pull failed, but not for lack of a right: {line}")
    return found[0].lower()


async def _rotate(setting: Setting, cast: Cast, image: str, before: Delivered) -> None:
    screen, metadata = setting.screen, cast.pull_robot["metadata"]
    old = status_of(await setting.api.get(path_of(cast.pull_robot)))
    token = datetime.now(UTC).isoformat(timespec="seconds")
    annotations = {**metadata.get("annotations", {}), ROTATE: token}
    screen.step(f"Asking for a rotation: annotation {ROTATE}={token}")
    await setting.footprint.apply(
        {**cast.pull_robot, "metadata": {**metadata, "annotations": annotations}}
    )
    rotated = await wait_for(
        setting.api,
        path_of(cast.pull_robot),
        lambda seen: (
            status_of(seen).get("lastHandledRotateAt") == token
            and bool(status_of(seen).get("previous"))
        ),
        awaited="the rotation",
        within=_ROTATION_SECONDS,
    )
    after = Delivered.read(await setting.api.get(_secret_path(before.namespace, before.name)))
    if after.docker_config == before.docker_config:
        raise WorldError(f"Secret {before.namespace}/{before.name} still has the old credential")
    await setting.crane.pull(image, after.docker_config)
    screen.proven(f"Pulled with the new credential, {status_of(rotated)['username']}")
    await setting.crane.pull(image, before.docker_config)
    screen.proven(f"Pulled with the old one too, {old['username']}: no pod is cut off")
    await _outlast(setting, rotated, image, before)


async def _outlast(setting: Setting, rotated: Json, image: str, before: Delivered) -> None:
    """Wait for the end of the replaced robot, unless Harbor's tokens live too long for that."""
    [previous] = status_of(rotated)["previous"]
    remaining = datetime.fromisoformat(previous["removeAfter"]) - datetime.now(UTC)
    setting.screen.step(
        f"The old robot is removed after {previous['removeAfter']}"
        f" ({remaining.total_seconds():.0f} s from now)"
    )
    if not setting.tokens_are_short:
        setting.screen.step(
            "Not waited for: the given account may not shorten the token lifetime of Harbor,"
            " which the overlap has to outlast"
        )
        return
    pulls = await _pull_until_gone(setting, previous, image, before)
    setting.screen.proven(f"Pulled {pulls} times meanwhile with what is delivered, never refused")
    refusal = await _refusal(setting.crane, image, before.docker_config)
    setting.screen.proven(f"The old robot is gone and its credential is refused ({refusal})")


async def _pull_until_gone(
    setting: Setting, previous: Json, image: str, delivered: Delivered
) -> int:
    """Pull with what is delivered until Harbor has no such robot any more; how many times."""
    pulls = 0

    async def gone() -> bool:
        nonlocal pulls
        await asyncio.sleep(_PAUSE_SECONDS)
        secret = await setting.api.get(_secret_path(delivered.namespace, delivered.name))
        await setting.crane.pull(image, Delivered.read(secret).docker_config)
        pulls += 1
        if pulls % _PULLS_PER_LINE == 0:
            setting.screen.step(f"{pulls} pulls so far")
        return await setting.account.find(f"/robots/{previous['robotID']}") is None

    remaining = datetime.fromisoformat(previous["removeAfter"]) - datetime.now(UTC)
    try:
        await until(gone, within=remaining.total_seconds() + _GRACE_SECONDS)
    except TimeoutError:
        raise AwaitedError(f"robot {previous['username']} outlived its overlap") from None
    return pulls


def _secret_path(namespace: str, name: str) -> str:
    return f"/api/v1/namespaces/{namespace}/secrets/{name}"
