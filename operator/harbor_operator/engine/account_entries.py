"""How one entry of ours comes into a ServiceAccount, goes, or becomes another object's."""

from harbor_operator.core.pullsecret.entries import account_patch
from harbor_operator.engine.context import Ports
from harbor_operator.engine.faults import Outdated
from harbor_operator.engine.handover import heir_of, stays
from harbor_operator.kube.errors import Conflict, Invalid, NotFound
from harbor_operator.kube.resources import SERVICE_ACCOUNTS, ObjectKey


async def add_entry(ports: Ports, key: ObjectKey, secret: str, owner_uid: str) -> None:
    """Put in an entry, and note whose it is.

    Args:
        ports: The world.
        key: Which ServiceAccount.
        secret: Name of the pull secret.
        owner_uid: The object that wants it there.

    Raises:
        Outdated: Somebody changed the ServiceAccount in this moment.
    """
    await _change(ports, key, secret, owner_uid, add=True)


async def take_entry_away(
    ports: Ports, key: ObjectKey, secret: str, owner_uid: str, *, inheritable: bool = True
) -> None:
    """Take out the entry that was noted, or note that it is now the Secret's next owner's.

    An heir that goes in this moment may have looked for its entries before this one was among
    them. It is asked for once more: one that goes later than that finds it.

    Args:
        ports: The world.
        key: Which ServiceAccount.
        secret: Name of the pull secret.
        owner_uid: Whose entry it is; that of another object stays.
        inheritable: Whether an object that waits for the Secret may have it.

    Raises:
        Outdated: Somebody changed the ServiceAccount in this moment.
    """
    heir = await heir_of(ports, ObjectKey(key.namespace, secret)) if inheritable else None
    if heir is None:
        await _change(ports, key, secret, owner_uid, add=False)
        return
    await _change(ports, key, secret, owner_uid, add=False, heir_uid=heir.uid)
    if not await stays(ports, heir):
        await _change(ports, key, secret, heir.uid, add=False)


async def _change(
    ports: Ports,
    key: ObjectKey,
    secret: str,
    owner_uid: str,
    *,
    add: bool,
    heir_uid: str | None = None,
) -> None:
    """Change our one entry and our note of it, in one patch tested against the version seen.

    The list of entries is atomic for Kubernetes, so it is never sent as a whole.
    """
    seen = ports.cluster.accounts.get(key)
    if seen is None:
        return
    operations = account_patch(seen, secret, owner_uid, add=add, heir_uid=heir_uid)
    if not operations:
        return
    try:
        body = await ports.kube.patch_json(
            SERVICE_ACCOUNTS, key.name, operations, namespace=key.namespace
        )
    except NotFound:
        ports.cluster.accounts.drop(key)
        return
    except (Invalid, Conflict):
        await _read_again(ports, key)
        raise Outdated from None
    ports.cluster.note_account(body)


async def _read_again(ports: Ports, key: ObjectKey) -> None:
    """See a ServiceAccount as it is now: the watch has not told of it yet.

    It is listed, as the watch lists it: nothing else asks for the right to get one.
    """
    listed = await ports.kube.list(
        SERVICE_ACCOUNTS, namespace=key.namespace, field_selector=f"metadata.name={key.name}"
    )
    if not listed.items:
        ports.cluster.accounts.drop(key)
    for body in listed.items:
        ports.cluster.see_account(body)
