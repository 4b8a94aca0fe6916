"""The effects in Harbor: a robot is made, changed or deleted."""

from harbor_operator.core.robot.actions import Mint, SetSecret, SwitchRobot, UpdateRobot
from harbor_operator.core.robot.facts import HarborRobot
from harbor_operator.core.robot.ledger import Credential
from harbor_operator.core.secret import Secret
from tests.core.exploration.facts import access_of, mark
from tests.core.exploration.logins import STRANGER, Account, full_name, instant
from tests.core.exploration.look import Rules
from tests.core.exploration.world import Scene


def with_robot(scene: Scene, uid: int, mint: Mint) -> tuple[Scene, Credential] | None:
    """Make a robot, and Harbor's answer; None where its name is taken."""
    n = mint.attempt.n
    if any(account.n == n for account in scene.accounts):
        return None
    changed = scene.add(n, uid, access_of(mint.grants))
    credential = Credential(
        n=n,
        robot_id=changed.ids,
        username=full_name(n),
        password=Secret(changed.accounts[-1].password),
        minted_at=instant(scene.now),
        cause=mint.attempt.cause,
    )
    return changed, credential


def without_robot(scene: Scene, robot: HarborRobot, rules: Rules) -> Scene | None:
    """Delete by id, after reading the robot again: its name and mark must be the plan's."""
    if not rules.reads_again:
        named = [account for account in scene.accounts if full_name(account.n) == robot.name]
        return scene.without(named[0].id) if named else None
    account = _read_again(scene, robot)
    return scene.without(account.id) if account else None


def with_changed(scene: Scene, step: SetSecret | SwitchRobot | UpdateRobot) -> Scene | None:
    """Change a robot, after reading it again."""
    account = _read_again(scene, step.robot)
    if account is None:
        return None
    match step:
        case SetSecret(_, credential):
            return scene.put(account._replace(password=credential.password.reveal()))
        case SwitchRobot(_, disabled):
            return scene.put(account._replace(enabled=not disabled))
        case UpdateRobot(_, grants):
            return scene.put(account._replace(access=access_of(grants)))


def _read_again(scene: Scene, robot: HarborRobot) -> Account | None:
    """The account of a plan's robot, if it is still what it was."""
    account = scene.account(robot.id)
    if account is None or account.owner == STRANGER or full_name(account.n) != robot.name:
        return None
    return account if mark(account.owner).text() == robot.description else None
