"""The operator under each of the chart's modes of rights: it keeps its promises, and uses all."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from harbor_operator.api.conditions import Reason
from tests.support.announcing import Announce
from tests.support.charted import environment_of, released
from tests.support.deployed import ACCOUNT
from tests.support.helm import IMAGE, Helm
from tests.support.installed_life import ELSEWHERE, ENTRIES, PROJECTS_LEFT, Life, live
from tests.support.kubectl import Json
from tests.support.rights import Right, rights_of, table_of, uses

MODES: dict[str, Json] = {
    "Cluster": {},
    "Namespaces": {
        "mode": "Namespaces",
        "namespaces": ["partner", "payments", "payments-prod", "payments-staging", "platform"],
    },
    "SecretsByName": {"mode": "SecretsByName"},
}

SOON = {"HARBOR_OPERATOR_SECRET_CHECK_SECONDS": "5"}
"""Edits are to be noticed within a test's patience where no watch tells of them."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One mode, and what was seen of an operator under it."""

    mode: str
    life: Life
    granted: set[Right]
    used: Counter[Right]

    @property
    def scoped(self) -> bool:
        """Whether only some namespaces are served."""
        return "namespaces" in MODES[self.mode]


@pytest.fixture(scope="module", params=MODES)
def seen(
    request: pytest.FixtureRequest, helm: Helm, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seen]:
    """Install the chart in one mode and take the operator through its whole life."""
    mode: str = request.param
    values = {"image": IMAGE, "rbac": MODES[mode]}
    folder = tmp_path_factory.mktemp(mode)
    namespaces = [*MODES[mode].get("namespaces", ()), ELSEWHERE]
    with released(helm, values, folder, namespaces=namespaces) as installation:
        environment = environment_of(installation.manifests) | SOON
        life = asyncio.run(live(installation, folder, environment))
        granted = rights_of(installation.manifests, ACCOUNT)
        yield Seen(mode, life, granted, uses(granted, life.requests))


def test_all_samples_become_ready(seen: Seen) -> None:
    assert seen.life.unready == {}
    assert seen.life.entries == ENTRIES


def test_every_promise_about_credentials_is_kept(seen: Seen) -> None:
    assert seen.life.unkept == []


def test_a_namespace_that_cannot_be_reached_is_named(seen: Seen) -> None:
    reason = Reason.NAMESPACE_NOT_FOUND if seen.scoped else Reason.DISTRIBUTION_DENIED

    assert seen.life.failures == [{"namespace": ELSEWHERE, "reason": reason}]


def test_deleted_samples_leave_only_what_they_say(seen: Seen) -> None:
    assert seen.life.hanging == []
    assert seen.life.leftovers == []
    assert seen.life.projects == PROJECTS_LEFT


def test_no_right_is_missing(seen: Seen) -> None:
    assert seen.life.refused == set()
    assert [r for r in seen.life.requests if not any(g.covers(r) for g in seen.granted)] == []


def test_no_right_is_unused(seen: Seen, announce: Announce) -> None:
    announce(f"rights in mode {seen.mode}: {len(seen.granted)} granted, {len(seen.used)} used")
    for line in table_of(seen.granted, seen.used):
        announce(f"  {line}")

    assert seen.granted - seen.used.keys() == set()
