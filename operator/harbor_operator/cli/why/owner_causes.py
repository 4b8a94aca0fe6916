"""Causes that the HarborPullSecrets and HarborRobots behind a pull secret show."""

from typing import Final

from harbor_operator.cli.why.evidence import Evidence
from harbor_operator.cli.why.told import Cause, Told
from harbor_operator.cli.why.weighing import (
    deliveries_of,
    describe,
    is_about_login,
    robots_of,
    trouble_of,
    words_of,
)


def _delivery_stalled(evidence: Evidence) -> Told | None:
    for delivery in deliveries_of(evidence):
        if trouble := trouble_of(delivery, evidence.namespace):
            return Told(
                f"HarborPullSecret {delivery.name} of namespace {delivery.namespace} does not "
                f"serve this namespace: {trouble}",
                f"See what to do about the reason: {describe('hpull', delivery)}.",
            )
    return None


def _robot_deleted(evidence: Evidence) -> Told | None:
    for robot in robots_of(evidence):
        if robot.deleted:
            return Told(
                f"The HarborRobot of the credential, {robot.name}, is being deleted.",
                f"Use another one, or see why it is deleted: {describe('hrobot', robot)}.",
            )
    if not is_about_login(evidence):
        return None
    known = {name for robot in evidence.robots for name in (robot.username, *robot.replaced)}
    for secret, login in evidence.logins(*evidence.named):
        complete = evidence.robots_of is None or evidence.robots_of == secret.managed_from
        if secret.managed_from and complete and login.username not in known:
            return Told(
                f"Pull secret {secret.name} logs in as {login.username}, which no HarborRobot "
                "has any more: the account was deleted or replaced.",
                f"See why the new credential is not delivered: "
                f"kubectl -n {secret.managed_from} get hpull,hrobot.",
            )
    return None


def _robot_replaced(evidence: Evidence) -> Told | None:
    if not is_about_login(evidence):
        return None
    for robot in evidence.robots:
        for secret, login in evidence.logins(*evidence.named):
            if login.username in robot.replaced:
                return Told(
                    f"Pull secret {secret.name} still holds a credential of HarborRobot "
                    f"{robot.name} that was replaced.",
                    "See why the new one is not delivered: "
                    f"kubectl -n {robot.namespace} get hpull; a copy by hand is to be renewed.",
                )
    return None


def _robot_expired(evidence: Evidence) -> Told | None:
    now = evidence.view.now if evidence.view else evidence.now
    for robot in robots_of(evidence):
        if robot.expiry is not None and robot.expiry <= now:
            # What is asked of a suspended object waits; resumed, it renews what has expired.
            action = "resume" if robot.suspended else "rotate"
            suspended = ", and it is suspended" if robot.suspended else ""
            return Told(
                f"The credential of HarborRobot {robot.name} expired at "
                f"{robot.expiry:%Y-%m-%dT%H:%M:%SZ}{suspended}.",
                f"kubectl harbor {action} robot/{robot.name} -n {robot.namespace} --wait",
            )
    return None


def _robot_disabled(evidence: Evidence) -> Told | None:
    for robot in robots_of(evidence):
        if robot.disabled:
            return Told(
                f"HarborRobot {robot.name} is disabled.",
                f"kubectl -n {robot.namespace} patch hrobot {robot.name} --type=merge "
                """-p '{"spec":{"disabled":false}}'""",
            )
    return None


def _robot_not_ready(evidence: Evidence) -> Told | None:
    for robot in robots_of(evidence):
        ready = robot.ready
        if ready is not None and ready.status != "True" and not robot.deleted:
            return Told(
                f"HarborRobot {robot.name} is not Ready: {words_of(ready)}",
                f"See what to do about the reason: {describe('hrobot', robot)}.",
            )
    return None


OWNER_CAUSES: Final = (
    Cause("NotDelivered", _delivery_stalled),
    Cause("RobotDeleted", _robot_deleted),
    Cause("RobotReplaced", _robot_replaced),
    Cause("RobotExpired", _robot_expired),
    Cause("RobotDisabled", _robot_disabled),
    Cause("RobotNotReady", _robot_not_ready),
)
