"""Draws as text what depends on a credential."""

from datetime import datetime
from typing import Final

from harbor_operator.cli.printing import Colour, Paper, Part, Row, many, page, when
from harbor_operator.cli.radius.dependents import Radius, User

_NAMESPACES: Final = ("NAMESPACE", "SERVICEACCOUNTS", "PODS", "SECRETS")
_ACCOUNTS: Final = ("SERVICEACCOUNT", "NAMESPACE", "SECRETS")
_PODS: Final = ("POD", "NAMESPACE", "SECRETS", "IMAGES")


def draw_radius(radius: Radius, now: datetime, paper: Paper) -> str:
    """Namespaces, ServiceAccounts and pods, each only where there are any."""
    namespaces: list[Row] = [
        (line.namespace, str(line.service_accounts), str(line.pods), ", ".join(line.secrets))
        for line in radius.namespaces
    ]
    parts = [
        Part("", _NAMESPACES, namespaces),
        Part("ServiceAccounts", _ACCOUNTS, [_user(user) for user in radius.service_accounts]),
        Part("Pods", _PODS, [(*_user(pod), ", ".join(pod.images)) for pod in radius.pods]),
    ]
    return page(parts, radius.notes, _summary(radius, now, paper), paper)


def _user(user: User) -> Row:
    return (user.name, user.namespace, ", ".join(user.secrets))


def _summary(radius: Radius, now: datetime, paper: Paper) -> str:
    found = (
        many(len(radius.pull_secrets), "pull secrets"),
        many(len(radius.namespaces), "namespaces"),
        many(len(radius.secrets), "Secrets"),
        many(len(radius.service_accounts), "ServiceAccounts"),
        many(len(radius.pods), "pods"),
        many(len(radius.images), "images"),
    )
    counts = ", ".join(found)
    sentence = f"Robot {radius.robot}, expires {when(radius.expires, now)}: {counts}"
    return paper.paint(sentence, Colour.WARNING if radius.namespaces else Colour.GOOD)
