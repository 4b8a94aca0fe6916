"""How a managed Secret ends: it is deleted, or it stays and becomes another object's."""

from contextlib import suppress

from harbor_operator.api.base import ANNOTATION_OWNER_NAME, LABEL_OWNER_UID, LABEL_ROBOT_UID
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.engine.context import Ports
from harbor_operator.engine.faults import Outdated
from harbor_operator.engine.heirs import Heir
from harbor_operator.engine.objects import kube_resource
from harbor_operator.engine.secrets import DOCKER_CONFIG, Ownership
from harbor_operator.kube.errors import Conflict, NotFound
from harbor_operator.kube.resources import SECRETS, JsonObject, ObjectKey


async def take_away(
    ports: Ports, key: ObjectKey, owner_uid: str, *, inheritable: bool = True
) -> None:
    """Take a Secret away from its owner, unless it is not that owner's any more.

    It is read first, since a Secret that has been handed over keeps its uid.

    Args:
        ports: The world.
        key: Which Secret.
        owner_uid: Whose it is.
        inheritable: Whether an object that waits for it may have it.

    Raises:
        Outdated: Somebody changed it in this moment.
    """
    with suppress(NotFound):
        body = await ports.kube.get(SECRETS, key.name, namespace=key.namespace)
        if (body["metadata"].get("labels") or {}).get(LABEL_OWNER_UID) == owner_uid:
            heir = await heir_of(ports, key) if inheritable else None
            if heir is None or body.get("type") != DOCKER_CONFIG:
                await _delete(ports, key, body)
            else:
                await _hand_over(ports, key, body, heir)
    # What the watch has told already of another object's Secret stays known: dropped, nobody would
    # hear of it again.
    known = ports.cluster.secrets.get(key)
    if known is not None and known.owner_uid == owner_uid:
        ports.cluster.note_taken_away(key)


async def heir_of(ports: Ports, key: ObjectKey) -> Heir | None:
    """The object that gets a Secret when its owner leaves, read now: it must be there to stay."""
    for heir in ports.cluster.heirs.of(key):
        if await stays(ports, heir):
            return heir
    return None


async def stays(ports: Ports, heir: Heir) -> bool:
    """Whether an object, read now, is there and is not about to go."""
    namespace, name = heir.object_id.namespace, heir.object_id.name
    try:
        body = await ports.kube.get(kube_resource(PULL_SECRETS), name, namespace=namespace)
    except NotFound:
        return False
    leaving = "deletionTimestamp" in body["metadata"] or body["spec"].get("suspend")
    return body["metadata"]["uid"] == heir.uid and not leaving


async def _delete(ports: Ports, key: ObjectKey, body: JsonObject) -> None:
    metadata = body["metadata"]
    try:
        await ports.kube.delete(
            SECRETS,
            key.name,
            namespace=key.namespace,
            uid=metadata["uid"],
            resource_version=metadata["resourceVersion"],
        )
    except Conflict:
        raise Outdated from None


async def _hand_over(ports: Ports, key: ObjectKey, body: JsonObject, heir: Heir) -> None:
    """Change the owner in place: the credential serves until the heir has put in its own.

    An heir that was told to go meanwhile may have looked for its Secrets before this one was
    among them. It is asked for once more: one that is told later than that finds it.
    """
    metadata = body["metadata"]
    robot_uid = metadata["labels"].get(LABEL_ROBOT_UID, "")
    metadata["labels"] |= Ownership(heir.object_id, heir.uid, robot_uid).labels()
    metadata["annotations"] = {
        **(metadata.get("annotations") or {}),
        ANNOTATION_OWNER_NAME: heir.object_id.name,
    }
    metadata.pop("ownerReferences", None)
    try:
        handed = await ports.kube.replace(SECRETS, body, namespace=key.namespace)
    except Conflict:
        raise Outdated from None
    ports.cluster.note_handed_over(handed)
    if not await stays(ports, heir):
        await _delete(ports, key, handed)
        ports.cluster.secrets.drop(key)
