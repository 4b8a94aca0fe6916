"""Causes that the pod, its ServiceAccount and its pull secrets show."""

from re import compile as pattern
from typing import Final

from harbor_operator.cli.why.evidence import DOCUMENTS, Evidence, host_of
from harbor_operator.cli.why.spoken import LOGIN
from harbor_operator.cli.why.told import Cause, Told
from harbor_operator.cli.why.weighing import (
    account_of,
    is_about_login,
    secrets_of,
    secrets_of_account,
    spoken_of,
    unused_secrets,
    who,
)

_EATEN: Final = pattern(r"robot([+.-].*)?")
"""What a shell leaves of `robot$payments+ci` or `robot$ci` between double quotes."""


def _invalid_name(evidence: Evidence) -> Told | None:
    if evidence.reason != "InvalidImageName":
        return None
    return Told(
        f"{evidence.image!r} is no name of an image.",
        "Correct it in the pod's template: HOST/PROJECT/REPOSITORY:TAG, in lower case, no scheme.",
    )


def _never_pulled(evidence: Evidence) -> Told | None:
    if evidence.reason != "ErrImageNeverPull":
        return None
    return Told(
        "imagePullPolicy is Never, and the node does not have the image.",
        "Set imagePullPolicy to IfNotPresent in the pod's template.",
    )


def _secret_missing(evidence: Evidence) -> Told | None:
    gone = [secret.name for secret in secrets_of(evidence) if secret.exists is False]
    # One of several may be missing without harm.
    if not gone or not is_about_login(evidence) or any(evidence.logins(*evidence.named)):
        return None
    name = gone[0]
    return Told(
        f"{who(evidence)} names pull secret {name}, and namespace {evidence.namespace} "
        "has no such Secret.",
        f"See whether a HarborPullSecret delivers it: kubectl get hpull -A; "
        f"if none does, create one with secretName {name}, or correct the name.",
    )


def _secret_unusable(evidence: Evidence) -> Told | None:
    if not is_about_login(evidence):
        return None
    for secret in secrets_of(evidence):
        if not secret.exists or secret.logins is not None:
            continue
        replace = f"kubectl -n {evidence.namespace} delete secret {secret.name}"
        if secret.type not in DOCUMENTS:
            wanted = next(iter(DOCUMENTS))
            return Told(
                f"Pull secret {secret.name} has type {secret.type!r}, which the kubelet ignores.",
                f"A type cannot be changed: {replace}, and make it anew with type {wanted}.",
            )
        return Told(
            f"Pull secret {secret.name} has no readable {DOCUMENTS[secret.type]}.",
            f"Make it anew: {replace}, then kubectl create secret docker-registry, "
            "or let a HarborPullSecret deliver it.",
        )
    return None


def _created_too_early(evidence: Evidence) -> Told | None:
    unused = unused_secrets(evidence)
    if not evidence.pod or not unused or not {*evidence.named} <= {*secrets_of_account(evidence)}:
        return None
    return Told(
        f"The pod was created before ServiceAccount {account_of(evidence)} got pull secret "
        f"{', '.join(unused)}; pods take them over at their creation only.",
        f"kubectl -n {evidence.namespace} delete pod {evidence.pod}, and its controller makes "
        "another one; if that one lacks it as well, its template names pull secrets of its own.",
    )


def _own_secrets(evidence: Evidence) -> Told | None:
    unused = unused_secrets(evidence)
    if not unused or {*evidence.named} <= {*secrets_of_account(evidence)}:
        return None
    return Told(
        f"The pod names pull secrets of its own ({', '.join(evidence.named)}), so that those of "
        f"ServiceAccount {account_of(evidence)} ({', '.join(unused)}) are not used.",
        f"Remove imagePullSecrets from the pod's template, or add {unused[0]} there.",
    )


def _wrong_host(evidence: Evidence) -> Told | None:
    secrets = secrets_of(evidence)
    readable = [secret for secret in secrets if secret.logins]
    unknown = any(secret.exists is None for secret in secrets)
    if not readable or unknown or not is_about_login(evidence):
        return None
    if any(evidence.logins(*evidence.named)):
        return None
    host = host_of(evidence.image)
    hosts = sorted({login.host for secret in readable for login in secret.logins or ()})
    names = ", ".join(secret.name for secret in readable)
    return Told(
        f"{who(evidence)} has no pull secret for {host}: {names} is for {', '.join(hosts)}.",
        f"Let the secret have an entry for {host}, port included (registryHosts of the "
        "HarborPullSecret), or give the image the host that the secret is for.",
    )


def _eaten_name(evidence: Evidence) -> Told | None:
    if not is_about_login(evidence):
        return None
    for secret, login in evidence.logins(*evidence.named):
        if _EATEN.fullmatch(login.username):
            return Told(
                f"Pull secret {secret.name} logs in as {login.username!r}: a shell has eaten the "
                "part behind the $ of a robot's name.",
                "Make the secret anew with the name in single quotes: "
                "--docker-username='robot$…', or let a HarborPullSecret deliver it.",
            )
    return None


def _no_login(evidence: Evidence) -> Told | None:
    spoken = spoken_of(evidence)
    if evidence.named or secrets_of_account(evidence) or not spoken or spoken.symptom not in LOGIN:
        return None
    whose = "Neither the pod nor its ServiceAccount names a"
    return Told(
        f"{whose if evidence.pod else f'{who(evidence)} names no'} pull secret, "
        "so the pull has no login.",
        "Let a HarborPullSecret deliver one to the namespace and its ServiceAccounts, "
        "then delete the pod.",
    )


POD_CAUSES: Final = (
    Cause("InvalidImageName", _invalid_name),
    Cause("NeverPulled", _never_pulled),
    Cause("SecretMissing", _secret_missing),
    Cause("SecretUnusable", _secret_unusable),
    Cause("CreatedTooEarly", _created_too_early),
    Cause("OwnPullSecrets", _own_secrets),
    Cause("WrongHost", _wrong_host),
    Cause("NameEatenByShell", _eaten_name),
)
NO_LOGIN: Final = Cause("NoPullSecret", _no_login)
"""Told behind what explains the missing pull secret."""
