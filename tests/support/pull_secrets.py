"""Pull secrets as tests of decisions see them: one at rest, to be changed where it matters."""

from dataclasses import replace
from datetime import UTC, datetime

from harbor_operator.core.namespaces import Namespace, Selection
from harbor_operator.core.pullsecret.facts import (
    Account,
    Delivered,
    Desired,
    Login,
    Observed,
    RobotState,
)
from harbor_operator.core.tenancy import DistributionRule

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTS = ("harbor.example.com", "mirror.example.com:5000")
USERNAME = "robot$team+ci-1"
IN_LINE = Delivered("uid-s", in_line=True, username=USERNAME, robot_uid="uid-r")
BEHIND = replace(IN_LINE, in_line=False)
LOGIN = Login("uid-r", USERNAME, "1", pull_only=True)
TO_SHOPS = (DistributionRule(("team",), Selection(names=("shop-*",))),)

DESIRED = Desired(secret_name="pull", targets=None)
"""The pull secret in its own namespace alone."""

EVERYWHERE = replace(DESIRED, targets=Selection(names=("*",)))
"""The pull secret wherever it is allowed."""

AT_REST = Observed(
    namespace="team",
    held=True,
    robot=RobotState.SERVING,
    login=LOGIN,
    known_hosts=HOSTS,
    namespaces={name: Namespace(name) for name in ("team", "shop-a", "shop-b", "other")},
    delivered={"team": IN_LINE},
    verified=True,
    verified_at=NOW,
)
"""Its own namespace is served, and nobody else may be."""

DISTRIBUTED = replace(
    AT_REST,
    distribution=TO_SHOPS,
    delivered={"team": IN_LINE, "shop-a": IN_LINE, "shop-b": IN_LINE},
)
"""Its own namespace and two shops are served, as a rule allows."""


def account(
    name: str = "default", namespace: str = "team", *, listed: bool, noted: bool
) -> Account:
    """A ServiceAccount."""
    return Account(namespace, name, listed, noted)
