"""Causes that only Harbor knows: its answers to the pod's login, and what it told of itself."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Final

from harbor_operator.cli.why.evidence import Evidence, Login, PullSecret, image_of
from harbor_operator.cli.why.told import Cause, Told
from harbor_operator.cli.why.trials import HarborAccount, Result, Trial
from harbor_operator.cli.why.weighing import is_about_login, pulls, robot_named

_MOST_NAMES: Final = 5
_MOST_NEAR: Final = 3
_DELIVER: Final = "let a HarborRobot and a HarborPullSecret deliver a login"


def _account_gone(evidence: Evidence) -> Told | None:
    for secret, login, account in _accounts(evidence):
        if not account.exists:
            robot = robot_named(evidence, login.username)
            look = robot and f"kubectl harbor reconcile robot/{robot.name} -n {robot.namespace}"
            return Told(
                f"Pull secret {secret.name} logs in as {login.username}, and Harbor has no such "
                "robot account.",
                look or _instead(evidence, secret),
            )
    return None


def _account_disabled(evidence: Evidence) -> Told | None:
    for secret, login, account in _foreign(evidence):
        if account.exists and account.disabled:
            return Told(
                f"Pull secret {secret.name} logs in as {login.username}, which is disabled in "
                "Harbor; no HarborRobot has it.",
                f"Enable the robot account in Harbor, or: {_instead(evidence, secret)}",
            )
    return None


def _account_expired(evidence: Evidence) -> Told | None:
    for secret, login, account in _foreign(evidence):
        if account.expires is not None and _is_over(evidence, account):
            return Told(
                f"Pull secret {secret.name} logs in as {login.username}, which has expired in "
                f"Harbor at {account.expires:%Y-%m-%dT%H:%M:%SZ}; no HarborRobot renews it.",
                f"Give the robot account a later expiry in Harbor, or: "
                f"{_instead(evidence, secret)}",
            )
    return None


def _account_foreign(evidence: Evidence) -> Told | None:
    image = image_of(evidence.image)
    if image is None:
        return None
    for secret, login, account in _accounts(evidence):
        if not account.exists or account.disabled or account.reaches(image.project):
            continue
        reach = _some(sorted(account.projects)) or "no project"
        robot = robot_named(evidence, login.username)
        owner = f"HarborRobot {robot.name} of namespace {robot.namespace}" if robot else "it"
        return Told(
            f"Pull secret {secret.name} logs in as {login.username}, which may pull from {reach} "
            f"and not from {image.project}.",
            f"Give {owner} access to project {image.project}, or let a HarborPullSecret with "
            f"projectRefs deliver a login for it.",
        )
    return None


def _password_refused(evidence: Evidence) -> Told | None:
    for secret, login, account in _accounts(evidence):
        trial = _trial_of(evidence, secret, login)
        if trial is None or trial.result is not Result.REFUSED or not account.exists:
            continue
        if account.disabled or _is_over(evidence, account):
            continue
        robot = robot_named(evidence, login.username)
        rotate = robot and f"kubectl harbor rotate robot/{robot.name} -n {robot.namespace} --wait"
        return Told(
            f"Harbor has {login.username}, and does not accept the password of pull secret "
            f"{secret.name}: it is another one.",
            rotate or f"Set the password in the secret anew, or: {_instead(evidence, secret)}",
        )
    return None


def _no_project(evidence: Evidence) -> Told | None:
    image, view = image_of(evidence.image), evidence.view
    if image is None or view is None or view.project is not False:
        return None
    return Told(
        f"Harbor has no project {image.project}.{_meant(evidence)}",
        "Correct the image's name in the pod's template, or create the project with a "
        "HarborProject.",
    )


def _no_repository(evidence: Evidence) -> Told | None:
    image = image_of(evidence.image)
    if image is None or pulls(evidence):
        return None
    missing = _missed(evidence)
    known = evidence.view is not None and evidence.view.repository is False
    if not known and not (missing is not None and missing.tags is None):
        return None
    return Told(
        f"Project {image.project} exists, and has no repository {image.repository}."
        f"{_meant(evidence)}",
        "Correct the image's name in the pod's template, or push the image.",
    )


def _no_tag(evidence: Evidence) -> Told | None:
    image = image_of(evidence.image)
    if image is None or pulls(evidence):
        return None
    missing = _missed(evidence)
    known = evidence.view is not None and evidence.view.artifact is False
    if not known and not (missing is not None and missing.tags is not None):
        return None
    what = f"digest {image.digest}" if image.digest else f"tag {image.tag}"
    tags = (missing.tags if missing else None) or ()
    near = "" if _meant(evidence) else _suggested(get_close_matches(image.tag, tags, _MOST_NEAR))
    return Told(
        f"Repository {image.path} exists, and has no {what}.{_meant(evidence) or near}",
        "Correct it in the pod's template, or push the image; it may also have been deleted, by a "
        "person or by retention.",
    )


def _login_refused(evidence: Evidence) -> Told | None:
    for trial in evidence.trials:
        if trial.result is Result.REFUSED and is_about_login(evidence):
            return Told(
                f"Harbor does not accept {trial.username} with the password of pull secret "
                f"{trial.secret}: one is wrong, or the account is disabled, expired or gone.",
                "Ask Harbor which it is, with --connection, --robot or a login in the variables; "
                "or make the pull secret anew.",
            )
    return None


def _no_right(evidence: Evidence) -> Told | None:
    image = image_of(evidence.image)
    for trial in evidence.trials:
        if image and trial.result is Result.NO_RIGHT and trial.secret and is_about_login(evidence):
            return Told(
                f"Harbor accepts {trial.username} of pull secret {trial.secret}, which may not "
                f"pull from {image.project}, or there is no such project.",
                "Check the project's name, and the access of the robot.",
            )
    return None


def _pulls_now(evidence: Evidence) -> Told | None:
    trial = pulls(evidence)
    if trial is None or not evidence.pod or evidence.reason == "ErrImageNeverPull":
        return None
    login = f"with pull secret {trial.secret}" if trial.secret else "without a login"
    return Told(
        f"From here the image can be pulled by now, {login}.",
        f"The kubelet tries again within 5 minutes; at once: "
        f"kubectl -n {evidence.namespace} delete pod {evidence.pod}, if a controller makes another "
        "one.",
    )


ACCOUNT_CAUSES: Final = (
    Cause("AccountGone", _account_gone),
    Cause("AccountDisabled", _account_disabled),
    Cause("AccountExpired", _account_expired),
    Cause("AccountOfOtherProject", _account_foreign),
    Cause("PasswordRefused", _password_refused),
)
"""Of the robot account that the pod logs in as."""

NAME_CAUSES: Final = (
    Cause("NoSuchProject", _no_project),
    Cause("NoSuchRepository", _no_repository),
    Cause("NoSuchTag", _no_tag),
)
"""Of the image's name."""

TRIAL_CAUSES: Final = (
    Cause("LoginRefused", _login_refused),
    Cause("NoRight", _no_right),
    Cause("PullsNow", _pulls_now),
)
"""What came of trying, where nothing tells more."""


def _accounts(evidence: Evidence) -> Iterator[tuple[PullSecret, Login, HarborAccount]]:
    """The robot accounts of the pod's logins that Harbor told of, where a login can matter."""
    if evidence.view is None or not is_about_login(evidence):
        return
    for secret, login in evidence.logins(*evidence.named):
        account = evidence.view.accounts.get(login.username)
        if account is not None:
            yield secret, login, account


def _foreign(evidence: Evidence) -> Iterator[tuple[PullSecret, Login, HarborAccount]]:
    """Those that no HarborRobot has, as far as the user can see."""
    for secret, login, account in _accounts(evidence):
        if robot_named(evidence, login.username) is None:
            yield secret, login, account


def _is_over(evidence: Evidence, account: HarborAccount) -> bool:
    now = evidence.view.now if evidence.view else evidence.now
    return account.expires is not None and account.expires <= now


def _trial_of(evidence: Evidence, secret: PullSecret, login: Login) -> Trial | None:
    wanted = (secret.name, login.username)
    return next((t for t in evidence.trials if (t.secret, t.username) == wanted), None)


def _missed(evidence: Evidence) -> Trial | None:
    """The trial that could pull from the project, where there is no such image."""
    return next((trial for trial in evidence.trials if trial.result is Result.NOT_FOUND), None)


def _meant(evidence: Evidence) -> str:
    return _suggested(evidence.view.near) if evidence.view else ""


def _suggested(names: Sequence[str]) -> str:
    return f" Did you mean {_some(names)}?" if names else ""


def _instead(evidence: Evidence, secret: PullSecret) -> str:
    if secret.managed_from:
        return f"see what delivers it: kubectl -n {secret.managed_from} get hpull,hrobot."
    return f"{_DELIVER} to namespace {evidence.namespace} instead."


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more
