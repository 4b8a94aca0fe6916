"""Whether other credentials work for pulling and pushing images."""

from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from pydantic import TypeAdapter, ValidationError

from .answers import parsed
from .connection import Credentials
from .errors import AuthenticationFailed, PreconditionFailed, ProtocolError, Transient
from .grants import NOBODY, BearerGrant
from .models import WireModel
from .names import manifest_reference, registry_path
from .request import Answer, Request
from .transport import Transport

_ROUTE = "/service/token"
_MANIFEST_ROUTE = "/v2/{repository}/manifests/{reference}"
_TAGS_ROUTE = "/v2/{repository}/tags/list"
_MANIFEST_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
"""Without them a registry answers with a form of the manifest that is long out of use."""
_SERVICE = ("service", "harbor-registry")


class _TokenBody(WireModel):
    token: str


class _TagsBody(WireModel):
    tags: tuple[str, ...] = ()


class _Grant(WireModel):
    type: str = ""
    name: str = ""
    actions: frozenset[str] = frozenset()


class _Claims(WireModel):
    sub: str = ""
    access: tuple[_Grant, ...] = ()


_BODY = TypeAdapter(_TokenBody)
_TAGS = TypeAdapter(_TagsBody)


@dataclass(frozen=True, slots=True)
class GrantedAccess:
    """What a token allows on one resource, which need not exist."""

    type: str
    name: str
    actions: frozenset[str]


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """Whom Harbor took the asker for, and what that one may do.

    `subject` is a user's name, a robot's full name, or empty for anybody: the answer to a wrong
    password. The actions are what the asker may do, not only what was asked for.
    """

    subject: str
    access: tuple[GrantedAccess, ...]

    def actions_on(self, name: str) -> frozenset[str]:
        """The actions allowed on the repository of this name."""
        return frozenset().union(*(grant.actions for grant in self.access if grant.name == name))


class Registry:
    """Harbor's token service, asked with credentials other than the client's own."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def token(self, credentials: Credentials | None, scopes: Sequence[str]) -> TokenAnswer:
        """What these credentials may do.

        Args:
            credentials: A user's or a robot's; None asks what anybody may.
            scopes: At least one `repository:<project>/<any name>:<actions>`; without a scope
                Harbor refuses a wrong password instead of answering as to anybody.
        """
        answer = await self._ask(credentials, scopes)
        claims = _claims_of(parsed(answer, _BODY))
        if claims is None:
            raise ProtocolError("the token is not a readable JSON web token", answer.exchange)
        access = tuple(GrantedAccess(row.type, row.name, row.actions) for row in claims.access)
        return TokenAnswer(claims.sub, access)

    async def find_manifest(
        self, credentials: Credentials | None, repository: str, reference: str
    ) -> None:
        """Ask for an image's manifest as a node would before it pulls; nothing is downloaded.

        Args:
            credentials: A user's or a robot's; None asks as anybody.
            repository: The repository's name with its project.
            reference: A tag or a digest.

        Raises:
            AuthenticationFailed: They may not pull it, or Harbor does not know them.
            NotFound: There is no such image.
            PreconditionFailed: The project does not serve it: vulnerable, or not signed; `reason`
                is Harbor's sentence.
        """
        grant = await self._puller(credentials, repository)
        try:
            await self._transport.send_by(_manifest_request("HEAD", repository, reference), grant)
        except PreconditionFailed:
            # An answer to HEAD has no body. What is refused is not served to GET either.
            with suppress(Transient):
                request = _manifest_request("GET", repository, reference)
                await self._transport.send_by(request, grant)
            raise

    async def tags(self, credentials: Credentials | None, repository: str) -> tuple[str, ...]:
        """The tags of a repository that these credentials may pull from; arguments as above.

        Raises:
            AuthenticationFailed: They may not pull from it, or Harbor does not know them.
            NotFound: There is no such repository.
        """
        grant = await self._puller(credentials, repository)
        path = f"/v2/{registry_path(repository)}/tags/list"
        answer = await self._transport.send_by(Request("GET", _TAGS_ROUTE, path), grant)
        return parsed(answer, _TAGS).tags

    async def _puller(self, credentials: Credentials | None, repository: str) -> BearerGrant:
        answer = await self._ask(credentials, [f"repository:{registry_path(repository)}:pull"])
        return BearerGrant(parsed(answer, _BODY).token)

    async def _ask(self, credentials: Credentials | None, scopes: Sequence[str]) -> Answer:
        if not scopes:
            raise ValueError("a token is asked for at least one scope")
        request = _token_request([("scope", scope) for scope in scopes])
        if credentials is None:
            return await self._transport.send_by(request, NOBODY)
        return await self._transport.send_as(request, credentials)

    async def authenticates(self, credentials: Credentials) -> bool:
        """Whether Harbor knows this name and password, and lets them in.

        A no takes Harbor 1.5 s and stands for wrong, disabled and expired alike.
        """
        try:
            await self._transport.send_as(_token_request([]), credentials)
        except AuthenticationFailed:
            return False
        return True


def _token_request(scopes: list[tuple[str, str]]) -> Request:
    return Request("GET", _ROUTE, _ROUTE, query=urlencode([_SERVICE, *scopes], quote_via=quote))


def _manifest_request(method: str, repository: str, reference: str) -> Request:
    path = f"/v2/{registry_path(repository)}/manifests/{manifest_reference(reference)}"
    return Request(method, _MANIFEST_ROUTE, path, headers={"Accept": ", ".join(_MANIFEST_TYPES)})


def _claims_of(body: _TokenBody) -> _Claims | None:
    """The payload of a JSON web token, or None if it is not one.

    Its signature is not verified: it would prove to a third party that Harbor made the token,
    and this one came from Harbor itself over the connection that the question went out on.
    """
    _, _, rest = body.token.partition(".")
    payload, _, _ = rest.partition(".")
    try:
        return _Claims.model_validate_json(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (Base64Error, ValidationError):
        return None
