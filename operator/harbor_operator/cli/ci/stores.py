"""Sets variables by the APIs of GitLab, GitHub and Jenkins.

A user name such as `robot$web+ci` holds a dollar, which GitLab would take for a variable: `raw`
keeps it from that. GitHub takes secrets only encrypted for the repository's own key.
"""

import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

import httpx

from harbor_operator.cli.ci.arguments import System
from harbor_operator.cli.ci.recipes import PASSWORD, USERNAME
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.harbor_access import is_loopback

_SECONDS: Final = 30.0
_JENKINS_CLASS: Final = "com.cloudbees.plugins.credentials.impl.UsernamePasswordCredentialsImpl"
_USUAL: Final = {System.GITLAB: "https://gitlab.com", System.GITHUB: "https://api.github.com"}


Store = Callable[[httpx.AsyncClient, "Place", Mapping[str, str]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where variables are kept.

    Attributes:
        system: Whose API it is.
        url: The API's address.
        name: Project, repository or credential.
        headers: What authorises the caller.
    """

    system: System
    url: str
    name: str
    headers: Mapping[str, str]


def place_of(system: System, name: str, url: str | None, environment: Mapping[str, str]) -> Place:
    """Where variables shall go, and as whom.

    Raises:
        CommandError: A token or an address is missing, or would go in the clear.
    """
    if system is System.TEKTON:
        raise CommandError("tekton needs no variables: apply what is printed", ExitCode.USAGE)
    address = url or _USUAL.get(system) or environment.get("JENKINS_URL")
    if not address:
        raise CommandError("give Jenkins' address by --url or JENKINS_URL", ExitCode.USAGE)
    if urlsplit(address).scheme != "https" and not is_loopback(address):
        raise CommandError(f"{address}: secrets go by https only", ExitCode.USAGE)
    return Place(system, address.rstrip("/"), name, _HEADERS[system](environment))


async def store(place: Place, variables: Mapping[str, str]) -> None:
    """Set all variables, making those that are not there.

    Raises:
        CommandError: The system does not answer or does not take them.
    """
    async with httpx.AsyncClient(
        base_url=place.url, headers=dict(place.headers), timeout=_SECONDS
    ) as client:
        try:
            await _STORES[place.system](client, place, variables)
        except httpx.HTTPError as error:
            raise CommandError(
                f"{place.url} does not answer: {type(error).__name__}", ExitCode.NO_ACCESS
            ) from None


async def _to_gitlab(client: httpx.AsyncClient, place: Place, variables: Mapping[str, str]) -> None:
    root = f"/api/v4/projects/{quote(place.name, safe='')}/variables"
    for key, value in variables.items():
        body = {"key": key, "value": value, "raw": True, "masked": key == PASSWORD}
        answer = await client.put(f"{root}/{key}", json=body)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            answer = await client.post(root, json=body)
        _require(answer, place)


async def _to_github(client: httpx.AsyncClient, place: Place, variables: Mapping[str, str]) -> None:
    root = f"/repos/{quote(place.name)}/actions"
    for key, value in variables.items():
        if key == PASSWORD:
            asked = await client.get(f"{root}/secrets/public-key")
            _require(asked, place)
            sealed = _sealed(value, str(asked.json()["key"]))
            body = {"encrypted_value": sealed, "key_id": asked.json()["key_id"]}
            answer = await client.put(f"{root}/secrets/{key}", json=body)
        else:
            body = {"name": key, "value": value}
            answer = await client.patch(f"{root}/variables/{key}", json=body)
            if answer.status_code == HTTPStatus.NOT_FOUND:
                answer = await client.post(f"{root}/variables", json=body)
        _require(answer, place)


async def _to_jenkins(
    client: httpx.AsyncClient, place: Place, variables: Mapping[str, str]
) -> None:
    *folders, name = place.name.split("/")
    folder = "".join(f"/job/{quote(part, safe='')}" for part in folders)
    root = f"{folder}/credentials/store/{'folder' if folders else 'system'}/domain/_"
    document = _credential(name, variables[USERNAME], variables[PASSWORD])
    headers = {"Content-Type": "application/xml"}
    one = f"{root}/credential/{quote(name, safe='')}/config.xml"
    answer = await client.post(one, content=document, headers=headers)
    if answer.status_code == HTTPStatus.NOT_FOUND:
        answer = await client.post(f"{root}/createCredentials", content=document, headers=headers)
    _require(answer, place)


def _credential(name: str, username: str, password: str) -> bytes:
    """A credential as Jenkins' own REST API takes it."""
    root = Element(_JENKINS_CLASS)
    fields = {
        "scope": "GLOBAL",
        "id": name,
        "description": "Harbor, set by kubectl harbor ci",
        "username": username,
        "password": password,
    }
    for field, text in fields.items():
        SubElement(root, field).text = text
    return bytes(tostring(root))


def _sealed(value: str, key: str) -> str:
    try:
        from nacl.public import PublicKey, SealedBox  # noqa: PLC0415 -- only GitHub needs it
    except ImportError:
        raise CommandError(
            "GitHub's secrets need PyNaCl: install harbor-operator[plugin]", ExitCode.NOT_SO
        ) from None
    box = SealedBox(PublicKey(base64.b64decode(key)))
    return base64.b64encode(box.encrypt(value.encode())).decode("ascii")


def _require(answer: httpx.Response, place: Place) -> None:
    """Take a success or a redirect; what a refusal says may repeat what was sent."""
    status = answer.status_code
    if status < HTTPStatus.BAD_REQUEST:
        return
    title = place.system.value
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise CommandError(
            f"{title} does not let the token change {place.name} ({status})", ExitCode.NO_ACCESS
        )
    if status == HTTPStatus.NOT_FOUND:
        raise CommandError(
            f"{title} has no {place.name}, or the token may not see it", ExitCode.NOT_FOUND
        )
    raise CommandError(f"{title} answers {status} about {place.name}", ExitCode.NOT_SO)


def _token(name: str, environment: Mapping[str, str]) -> str:
    if not environment.get(name):
        raise CommandError(f"{name} must be set to store variables", ExitCode.USAGE)
    return environment[name]


def _of_gitlab(environment: Mapping[str, str]) -> dict[str, str]:
    return {"PRIVATE-TOKEN": _token("GITLAB_TOKEN", environment)}


def _of_github(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {_token('GITHUB_TOKEN', environment)}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }


def _of_jenkins(environment: Mapping[str, str]) -> dict[str, str]:
    pair = f"{_token('JENKINS_USER', environment)}:{_token('JENKINS_TOKEN', environment)}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"}


_HEADERS: Final[Mapping[System, Callable[[Mapping[str, str]], Mapping[str, str]]]] = {
    System.GITLAB: _of_gitlab,
    System.GITHUB: _of_github,
    System.JENKINS: _of_jenkins,
}

_STORES: Final[Mapping[System, Store]] = {
    System.GITLAB: _to_gitlab,
    System.GITHUB: _to_github,
    System.JENKINS: _to_jenkins,
}
