"""The effects of an operator's plan on the world, one at a time, as the engine carries them out."""

from dataclasses import replace

from harbor_operator.core.robot.actions import (
    DeleteRobot,
    Hold,
    Mint,
    NewSecret,
    NotePrevious,
    RemoveLedger,
    RemoveSecret,
    SetSecret,
    SwitchRobot,
    UpdateRobot,
    WriteLedger,
    WriteSecret,
)
from harbor_operator.core.robot.ledger import Credential
from harbor_operator.core.secret import Secret
from tests.core.exploration.accounts import with_changed, with_robot, without_robot
from tests.core.exploration.flights import (
    Again,
    Flight,
    Grip,
    Release,
    Report,
    Step,
    Store,
    steps_of,
)
from tests.core.exploration.logins import login_of, password_of
from tests.core.exploration.look import Rules, look
from tests.core.exploration.world import Scene, Sheet

Done = tuple[Scene, Flight] | None
"""The world after a step and what is left to do; None when it failed, which ends the flight."""


def advance(scene: Scene, flight: Flight, rules: Rules) -> Done:
    """Carry out the next step."""
    rest = flight.rest()
    match flight.steps[0]:
        case WriteLedger() | Store() | NewSecret() | WriteSecret() as step:
            return _write_secret(scene, rest, step, rules)
        case Mint() | DeleteRobot() | SetSecret() | SwitchRobot() | UpdateRobot() as step:
            return _change_harbor(scene, rest, step, rules)
        case NotePrevious() | Report() as step:
            return _write_status(scene, rest, step)
        case Again(kube):
            seen = look(scene, rules, kube, secret_set=True)
            return scene, rest._replace(steps=steps_of(seen) if seen else ())
        case step:
            return _change_resource(scene, rest, step)


def _write_secret(
    scene: Scene, rest: Flight, step: WriteLedger | Store | NewSecret | WriteSecret, rules: Rules
) -> Done:
    match step:
        case WriteLedger(ledger):
            return _write_ledger(scene, rest, ledger)
        case Store(ledger, credential):
            forced = not rules.compare_and_swap
            return _write_ledger(scene, rest, ledger.store(credential), forced=forced)
        case NewSecret():
            return _make_secret(scene, rest, step)
        case WriteSecret(credential):
            return _write_target(scene, rest, credential)


def _change_harbor(
    scene: Scene,
    rest: Flight,
    step: Mint | DeleteRobot | SetSecret | SwitchRobot | UpdateRobot,
    rules: Rules,
) -> Done:
    match step:
        case Mint():
            made = with_robot(scene, rest.uid, step)
            return made and (made[0], rest.then(Store(step.ledger, made[1])))
        case DeleteRobot(robot):
            return _with(without_robot(scene, robot, rules), rest)
        case _:
            return _with(with_changed(scene, step), rest)


def _with(scene: Scene | None, rest: Flight) -> Done:
    return None if scene is None else (scene, rest)


def _change_resource(scene: Scene, rest: Flight, step: Step) -> Done:
    resource = scene.resource
    if resource is None or resource.uid != rest.uid:
        return None
    match step:
        case Hold():
            changed = scene.with_resource(resource._replace(held=True))
            return None if resource.deleting else (changed, rest)
        case RemoveSecret() if scene.target is not None:
            return scene.with_logins(target=None, follower=scene.follower), rest
        case RemoveLedger():
            return scene._replace(sheet=None), rest
        case Release():
            return without_resource(scene), rest
        case RemoveSecret():
            return scene, rest
        case _:
            raise AssertionError(f"The model does not know {type(step).__name__}.")


def without_resource(scene: Scene) -> Scene:
    """The scene when the object is gone: its Secrets are collected."""
    changed = scene.with_logins(target=None, follower=scene.follower)
    return changed._replace(resource=None, sheet=None, is_ours=True)


def _write_target(scene: Scene, rest: Flight, credential: Credential) -> Done:
    if not rest.target.holds(scene.target):
        return None
    if not _is_of_present_object(scene, rest):
        return scene, rest._replace(target=Grip.OUTDATED)
    changed = scene.with_logins(target=login_of(credential), follower=scene.follower)
    return changed._replace(is_ours=True), rest._replace(target=Grip.CURRENT)


def _write_ledger(scene: Scene, rest: Flight, ledger: Sheet, *, forced: bool = False) -> Done:
    if not forced and not rest.ledger.holds(scene.sheet):
        return None
    if not _is_of_present_object(scene, rest):
        return scene, rest._replace(ledger=Grip.OUTDATED)
    return scene._replace(sheet=ledger), rest._replace(ledger=Grip.CURRENT)


def _is_of_present_object(scene: Scene, flight: Flight) -> bool:
    """Whether what it creates stays: what belongs to an object that is gone is collected."""
    return scene.resource is not None and scene.resource.uid == flight.uid


def _write_status(scene: Scene, rest: Flight, step: NotePrevious | Report) -> Done:
    """Merge into the status of the object of that name, whichever uid it has by now."""
    resource = scene.resource
    if resource is None:
        return None
    match step:
        case Report(status):
            merged = status
        case NotePrevious(robot_id, previous):
            merged = replace(resource.status, robot_id=robot_id, previous=previous)
    return scene.with_resource(resource._replace(status=merged)), rest


def _make_secret(scene: Scene, rest: Flight, new: NewSecret) -> Done:
    live = new.ledger.live
    if live is None:
        return None
    stamp = scene.stamps + 1
    password = Secret(password_of(login_of(live).serial, stamp))
    ledger = new.ledger.refresh(new.attempt, password, new.now)
    return _write_ledger(scene._replace(stamps=stamp), rest, ledger)
