"""Logins to a registry as the cluster's Secrets hold them."""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from typing_extensions import override

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.kinds import ROBOT
from harbor_operator.cli.objects import read_time, status_of
from harbor_operator.core.secret import Secret
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import Forbidden, NotFound
from harbor_operator.kube.resources import SECRETS, JsonObject

ROBOT_WORD: Final = ROBOT.word
SECRET_WORD: Final = "secret"  # noqa: S105 -- the name of a kind
_DOCUMENT: Final = ".dockerconfigjson"


@dataclass(frozen=True, slots=True)
class LoginSource:
    """The object that a login is taken from: a HarborRobot, or a Secret.

    Attributes:
        word: `ROBOT_WORD` or `SECRET_WORD`.
        name: The object's name.
    """

    word: str
    name: str

    @override
    def __str__(self) -> str:
        return f"{self.word}/{self.name}"


@dataclass(frozen=True, slots=True)
class RegistryLogin:
    """A user name and a password for one registry.

    Attributes:
        host: Host and port, as image names begin with it.
        username: The account's full name.
        password: Its secret.
        secret: The Secret that holds it.
        expiry: When it ends by itself, None where that is not known.
        rotation: When it is going to be replaced, None where that is not known.
    """

    host: str
    username: str
    password: Secret
    secret: str = ""
    expiry: datetime | None = None
    rotation: datetime | None = None

    @property
    def project(self) -> str:
        """The Harbor project in the name of a project's robot, empty for any other account."""
        head, found, _ = self.username.rpartition("+")
        return head.rpartition("$")[2] if found else ""


def read_source(text: str) -> LoginSource:
    """Read `robot/NAME` or `secret/NAME`.

    Raises:
        CommandError: It is neither.
    """
    word, _, name = text.partition("/")
    word = ROBOT_WORD if word.lower() in ROBOT.names else word.lower().removesuffix("s")
    if word not in {ROBOT_WORD, SECRET_WORD} or not name or "/" in name:
        raise CommandError(f"{text!r} is neither robot/NAME nor secret/NAME", ExitCode.USAGE)
    return LoginSource(word, name)


async def read_logins(
    client: KubeClient, namespace: str, source: LoginSource
) -> tuple[RegistryLogin, ...]:
    """The logins of a robot or in a Secret, at least one, sorted by host.

    Raises:
        CommandError: There is none, or it may not be read.
        KubeError: A call failed.
    """
    robot: JsonObject = {}
    name = source.name
    if source.word == ROBOT_WORD:
        robot = await _get_robot(client, namespace, name)
        name = str((robot.get("spec") or {}).get("secretName") or name)
    try:
        body = await client.get(SECRETS, name, namespace=namespace)
    except NotFound:
        raise CommandError(f"there is no Secret {namespace}/{name}", ExitCode.NOT_FOUND) from None
    except Forbidden:
        raise CommandError(
            f"you may not read Secret {namespace}/{name}", ExitCode.NO_ACCESS
        ) from None
    found = logins_in(body, status_of(robot))
    if not found:
        raise CommandError(
            f"Secret {namespace}/{name} holds no login to a registry", ExitCode.NOT_SO
        )
    return found


async def only_robot(client: KubeClient, namespace: str) -> LoginSource:
    """The robot of a namespace that has one only.

    Raises:
        CommandError: It has none, or several.
        KubeError: A call failed.
    """
    bodies = (await client.list(ROBOT.resource, namespace=namespace)).items
    names = sorted(str(body["metadata"]["name"]) for body in bodies)
    if len(names) == 1:
        return LoginSource(ROBOT_WORD, names[0])
    if not names:
        raise CommandError(f"namespace {namespace} has no HarborRobot", ExitCode.NOT_FOUND)
    offered = ", ".join(f"robot/{name}" for name in names)
    raise CommandError(f"say which robot of namespace {namespace}: {offered}", ExitCode.USAGE)


def logins_in(body: JsonObject, robot: Mapping[str, Any]) -> tuple[RegistryLogin, ...]:
    """The logins in a Secret, sorted by host; none where it has no readable one.

    Args:
        body: A Secret as a robot's or as a pull secret.
        robot: The status of the HarborRobot that it is of, empty where it is of none.
    """
    data = body.get("data") or {}
    pairs = _in_document(data) if _DOCUMENT in data else _in_keys(data)
    name = str(body["metadata"]["name"])
    expiry, rotation = read_time(robot.get("expiresAt")), read_time(robot.get("nextRotationAt"))
    return tuple(
        RegistryLogin(host, username, Secret(password), name, expiry, rotation)
        for host, username, password in sorted(pairs)
    )


def _in_keys(data: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    host, username, password = (
        _decoded(data.get(key, "")) for key in ("registry", "username", "password")
    )
    if host and username and password:
        yield host, username, password


def _in_document(data: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    try:
        auths = json.loads(_decoded(data[_DOCUMENT]))["auths"]
        entries = [(str(host), entry) for host, entry in auths.items() if isinstance(entry, dict)]
    except (ValueError, TypeError, KeyError, AttributeError):
        return
    for host, entry in entries:
        username, _, password = _decoded(str(entry.get("auth") or "")).partition(":")
        username = username or str(entry.get("username") or "")
        password = password or str(entry.get("password") or "")
        if username and password:
            yield host.removeprefix("https://").partition("/")[0], username, password


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode().rstrip("\r\n")
    except (binascii.Error, UnicodeDecodeError):
        return ""


async def _get_robot(client: KubeClient, namespace: str, name: str) -> JsonObject:
    try:
        return await client.get(ROBOT.resource, name, namespace=namespace)
    except NotFound:
        raise CommandError(
            f"there is no HarborRobot {name} in namespace {namespace}", ExitCode.NOT_FOUND
        ) from None
