"""Webhook policies: whom Harbor tells what happens in a project."""

from pydantic import SecretStr, TypeAdapter

from .answers import created_id
from .models import WireModel
from .pages import read_list
from .request import api_write
from .transport import Transport

_POLICIES_ROUTE = "/projects/{project}/webhook/policies"
_POLICY_ROUTE = "/projects/{project}/webhook/policies/{id}"


class WebhookTarget(WireModel):
    """Where events go."""

    type: str = ""
    """`http` or `slack`."""
    address: str = ""
    auth_header: SecretStr = SecretStr("")
    """The value of `Authorization`; Harbor shows it to whoever may read the policy."""
    skip_cert_verify: bool = False
    payload_format: str = ""
    """`Default` or `CloudEvents`; empty for Slack."""


class WebhookPolicy(WireModel):
    """A named webhook of one project."""

    id: int = 0
    """Harbor's number; 0 in a policy that is yet to be made."""
    name: str = ""
    description: str = ""
    enabled: bool = False
    event_types: frozenset[str] = frozenset()
    targets: tuple[WebhookTarget, ...] = ()


_POLICIES = TypeAdapter(list[WebhookPolicy])


class Webhooks:
    """The webhook policies of projects.

    Harbor's words about a refused policy are never kept: they may repeat an address, and an
    address may hold a token as well as the header does.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def list(self, project_id: int) -> list[WebhookPolicy]:
        """All webhook policies of a project."""
        return await read_list(
            self._transport,
            _POLICIES_ROUTE,
            _POLICIES,
            segments={"project": project_id},
            query=[("sort", "id")],  # a replaced policy loses its time, by which Harbor sorts
        )

    async def create(self, project_id: int, policy: WebhookPolicy) -> int:
        """Make a policy and return its id.

        Raises:
            Conflict: The project has a policy of this name.
            InvalidRequest: No event or no target, or one that Harbor does not know.
        """
        request = api_write(
            "POST", _POLICIES_ROUTE, {"project": project_id}, body=_body(policy), confidential=True
        )
        return created_id(await self._transport.send(request))

    async def replace(self, project_id: int, policy_id: int, policy: WebhookPolicy) -> None:
        """Set everything of a policy, its secret included.

        Raises:
            NotFound: The project has no policy with this id.
            HarborError: As for `create`.
        """
        segments = {"project": project_id, "id": policy_id}
        request = api_write("PUT", _POLICY_ROUTE, segments, body=_body(policy), confidential=True)
        await self._transport.send(request)

    async def delete(self, project_id: int, policy_id: int) -> None:
        """Remove a policy.

        Raises:
            NotFound: It is gone already.
        """
        segments = {"project": project_id, "id": policy_id}
        await self._transport.send(api_write("DELETE", _POLICY_ROUTE, segments))


def _body(policy: WebhookPolicy) -> dict[str, object]:
    return {
        "name": policy.name,
        "description": policy.description,
        "enabled": policy.enabled,
        "event_types": sorted(policy.event_types),
        "targets": [_target(target) for target in policy.targets],
    }


def _target(target: WebhookTarget) -> dict[str, object]:
    # Harbor refuses a format for Slack and takes its default for a missing one elsewhere.
    payload_format = {"payload_format": target.payload_format} if target.payload_format else {}
    return {
        "type": target.type,
        "address": target.address,
        "auth_header": target.auth_header.get_secret_value(),
        "skip_cert_verify": target.skip_cert_verify,
        **payload_format,
    }
