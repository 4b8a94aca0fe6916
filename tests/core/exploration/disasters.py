"""What happens to Harbor and Kubernetes as a whole: clocks that step, backups that are put back."""

from collections.abc import Iterator

from tests.core.exploration.logins import DUE, OVERLAP, Account, login_of
from tests.core.exploration.people import Change
from tests.core.exploration.world import Scene

SET_BACK = OVERLAP + 15
"""Further back than an overlap lasts."""


def ticks(scene: Scene, *, at_rest: bool) -> Iterator[Change]:
    """Time passes.

    Half a day without a working operator is an outage, which no protocol survives.
    """
    for minutes in (1, OVERLAP, DUE) if at_rest else (1, OVERLAP):
        yield Change(f"{minutes} minutes pass", scene._replace(now=scene.now + minutes))


def clock_steps(scene: Scene) -> Iterator[Change]:
    """A clock is set, Harbor's or the local one, though no time passes."""
    for minutes in (SET_BACK, DUE):
        ahead = _remembering(scene._replace(now=scene.now + minutes), minutes)
        yield Change(f"Harbor's clock jumps {minutes} minutes ahead", ahead, disturbed=True)
        label = f"Harbor's clock is set back by {minutes} minutes"
        yield Change(label, _set_back(scene, minutes), turned_back=minutes, disturbed=True)
        skewed = scene._replace(skew=scene.skew + minutes)
        yield Change(f"the local clock jumps {minutes} minutes ahead", skewed)


def _set_back(scene: Scene, minutes: int) -> Scene:
    """As long ago as a Secret was left, so long ago it stays."""
    accounts = (a if a.left is None else a._replace(left=a.left - minutes) for a in scene.accounts)
    back = scene._replace(now=scene.now - minutes, accounts=tuple(accounts))
    return _remembering(back, -minutes)


def _remembering(scene: Scene, minutes: int) -> Scene:
    """For so long as a login has been refused, so long it has been: that is no clock's matter."""
    refused = tuple((login, since + minutes) for login, since in scene.refused)
    return scene._replace(refused=refused)


def restores(scene: Scene, backup: Scene) -> Iterator[Change]:
    """A backup is put back, on one side or of one Secret."""
    if (scene.accounts, scene.ids) != (backup.accounts, backup.ids):
        yield _restored_harbor(scene, backup)
    kube = ("resource", "sheet", "target", "is_ours", "follower")
    if any(getattr(scene, name) != getattr(backup, name) for name in kube):
        yield _restored_etcd(scene, backup)
    if scene.sheet != backup.sheet and scene.resource is not None:
        back = scene._replace(sheet=backup.sheet)
        label = "the ledger is put back as it was"
        yield Change(label, back, _present(scene), ledger_lost=True, disturbed=True)


def _restored_harbor(scene: Scene, backup: Scene) -> Change:
    accounts = tuple(a._replace(left=None) for a in backup.accounts)
    back = scene._replace(accounts=accounts, ids=backup.ids)
    kept = {_password(account) for account in accounts}
    lost = (a for a in scene.accounts if _password(a) not in kept)
    hurt = sum(1 << account.serial for account in lost)
    return Change("Harbor is put back as it was", back, hurt | _unknown(back), disturbed=True)


def _unknown(scene: Scene) -> int:
    """Accounts that Kubernetes knows of and Harbor does not."""
    present = {_password(account) for account in scene.accounts}
    held = [*scene.logins(), *map(login_of, scene.ledger.credentials() if scene.ledger else ())]
    return _bits(login.serial for login in held if (login.robot_id, login.password) not in present)


def _restored_etcd(scene: Scene, backup: Scene) -> Change:
    """Whatever lives in Harbor may now be old, unheld and unknown."""
    held = scene.with_logins(target=backup.target, follower=backup.follower)
    back = held._replace(resource=backup.resource, sheet=backup.sheet, is_ours=backup.is_ours)
    hurt = _present(scene) | _unknown(back)
    label = "etcd is put back as it was"
    return Change(
        label, back, hurt, ledger_lost=True, target_lost=True, put_back=True, disturbed=True
    )


def _present(scene: Scene) -> int:
    return _bits(account.serial for account in scene.accounts)


def _password(account: Account) -> tuple[int, str]:
    return account.id, account.password


def _bits(serials: Iterator[int]) -> int:
    bits = 0
    for serial in serials:
        bits |= 1 << serial
    return bits
