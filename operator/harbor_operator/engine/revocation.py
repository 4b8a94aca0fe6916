"""A revoke of all robots of a connection: the robots as they are, and who is told of its turn."""

from harbor_operator.api.base import ANNOTATION_REVOKE, ANNOTATION_SKIP_CANARIES
from harbor_operator.api.connection import ConnectionSpec, ConnectionStatus
from harbor_operator.api.resources import Metadata, Resource
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.connection.revocation import Member, Revocation, advance, member_of
from harbor_operator.core.specs import request_token
from harbor_operator.engine.connections import Connection
from harbor_operator.engine.context import Ports
from harbor_operator.engine.objects import kube_resource
from harbor_operator.kube.resources import JsonObject


async def observe_revocation(
    resource: Resource[ConnectionSpec, ConnectionStatus], connection: Connection, ports: Ports
) -> Revocation | None:
    """Look at all robots of a connection while a revoke is not done; None: none is asked for.

    Who is at work and since when is known to the process alone: after a restart the robots that
    have not answered get their turns again, and those that have do not.

    Raises:
        KubeError: The robots cannot be listed.
    """
    token = request_token(resource, ANNOTATION_REVOKE)
    if token is None or token == resource.status.last_handled_revoke_at:
        connection.revocation = None
        return None
    before = connection.revocation
    revocation = advance(
        token,
        await _members(ports, connection.name, token),
        before,
        ports.now(),
        heed_canaries=resource.annotation(ANNOTATION_SKIP_CANARIES) != "true",
    )
    connection.revocation = revocation
    known = before.admitted if before is not None and before.token == token else {}
    ports.connections.on_turn([uid for uid in revocation.admitted if uid not in known])
    return revocation


async def _members(ports: Ports, connection: str, token: str) -> list[Member]:
    listed = await ports.kube.list(
        kube_resource(ROBOTS), field_selector=f"spec.connectionRef.name={connection}"
    )
    members = (_member(body, token) for body in listed.items)
    return [member for member in members if member is not None]


def _member(body: JsonObject, token: str) -> Member | None:
    """One robot; a spec that cannot be read holds up no other."""
    return member_of(
        Metadata.model_validate(body["metadata"]),
        ROBOTS.parse_status(body),
        token,
        suspended=bool(body["spec"].get("suspend")),
    )
