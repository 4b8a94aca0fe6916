"""What is to be done before the operator goes."""

import json
import re
from dataclasses import asdict
from datetime import timedelta
from typing import Final

import pytest
import yaml

from harbor_operator.api import base
from harbor_operator.api.project import DeletionPolicy
from harbor_operator.cli.kinds import CONNECTION, KINDS, PROJECT, PULL_SECRET, ROBOT, Kind
from harbor_operator.cli.printing import Paper, dump
from harbor_operator.cli.removal import tasks
from harbor_operator.cli.removal.reading import POLICIES, read_removal
from harbor_operator.cli.removal.screen import draw_removal
from harbor_operator.cli.removal.tasks import (
    FINALIZER,
    LAST_STEP,
    ORDER,
    POLICY_STEP,
    Expiry,
    Removal,
    holding_of,
    removal_of,
)
from harbor_operator.kube.errors import Forbidden, NotFound, Operation
from harbor_operator.kube.resources import Resource
from tests.support.custom_resources import Json
from tests.support.deployed import ROOT
from tests.support.guarded_cluster import GuardedCluster
from tests.support.plugin import NOW, an_object, condition_of, stamp

DAY: Final = timedelta(days=1)
IN_USE: Final = condition_of("Ready", "False", "InUse", "1 pull secrets still use it.")
FORBIDDEN: Final = Forbidden(Operation("get"), "you may not", reason="Forbidden", status=403)


def held(body: Json, *, deleting: bool = False, **spec: object) -> Json:
    """The object with our finalizer."""
    metadata = {**body["metadata"], "finalizers": ["others.example/keep", base.FINALIZER]}
    if deleting:
        metadata["deletionTimestamp"] = stamp()
    return {**body, "metadata": metadata, "spec": spec}


def removal_with(*objects: tuple[Kind, Json]) -> Removal:
    holdings = [holding_of(kind, body) for kind, body in objects]
    return removal_of([holding for holding in holdings if holding], (), (), NOW)


def test_the_facts_of_the_definitions_are_repeated_truly() -> None:
    assert FINALIZER == base.FINALIZER
    assert {*ORDER} == {*KINDS}
    assert {*tasks._LOSSES} == {*DeletionPolicy} - {DeletionPolicy.RETAIN}


def test_the_steps_are_those_of_the_page() -> None:
    page = (ROOT / "docs" / "uninstall.md").read_text(encoding="utf-8")
    step_with_command = r"^(\d)\. [^\n]+\n+ +```sh[^\n]*\n +kubectl delete ([^\n]+)$"
    steps = dict(re.findall(step_with_command, page, re.MULTILINE))

    for step, kind in enumerate(ORDER, start=1):
        (task,) = removal_with((kind, held(an_object(kind, "it")))).tasks
        assert (task.step, task.cure) == (step, f"kubectl delete {steps[str(step)]}")
    assert "deploy/admission/" in steps[str(POLICY_STEP)]
    assert "<overlay>" in steps[str(LAST_STEP)]


def test_the_policies_are_those_that_are_deployed() -> None:
    deployed = {
        (body["apiVersion"], body["kind"], body["metadata"]["name"])
        for path in (ROOT / "deploy" / "admission").glob("*.yaml")
        for body in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    }

    assert {(kind.api_version, kind.kind, name) for kind, name in POLICIES} == deployed


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_finalizer_only_what_others_wait_for_is_in_the_way(kind: Kind) -> None:
    told = removal_with(
        (kind, {**an_object(kind, "it"), "spec": {"deletionPolicy": "DeleteIfEmpty"}})
    )

    waited_for = [f"{kind.title}: 1 are there, and what they use waits until they are gone (InUse)"]
    assert [task.problem for task in told.tasks] == ([] if kind is CONNECTION else waited_for)


def test_those_that_would_hang_are_counted_and_all_are_named() -> None:
    free, bound = an_object(PULL_SECRET, "a"), held(an_object(PULL_SECRET, "b"))

    (task,) = removal_with((PULL_SECRET, free), (PULL_SECRET, bound)).tasks

    assert task.problem.startswith("pull secrets: 1 would hang")
    assert task.objects == ("payments/a", "payments/b")


@pytest.mark.parametrize(
    ("kind", "body", "problems"),
    [
        (PULL_SECRET, held(an_object(PULL_SECRET, "a")), ["pull secrets: 1 would hang"]),
        (ROBOT, held(an_object(ROBOT, "a"), deletionPolicy="Retain"), ["robots: 1 would hang"]),
        (PROJECT, held(an_object(PROJECT, "a"), deletionPolicy="Retain"), ["projects: 1 would"]),
        (
            PROJECT,
            held(an_object(PROJECT, "a"), deletionPolicy="DeleteWithContents"),
            [
                "project payments/a goes from Harbor with all its images (DeleteWithContents)",
                "projects: 1 would hang",
            ],
        ),
        (
            PROJECT,
            held(an_object(PROJECT, "a"), deletionPolicy="DeleteIfEmpty"),
            ["project payments/a goes from Harbor, and waits while", "projects: 1 would hang"],
        ),
        (
            PROJECT,
            held(
                an_object(PROJECT, "a"),
                deletionPolicy="DeleteIfEmpty",
                managementPolicy="Observe",
            ),
            ["projects: 1 would hang"],
        ),
        (CONNECTION, held(an_object(CONNECTION, "a")), ["connections: 1 would hang"]),
        (
            ROBOT,
            held(an_object(ROBOT, "a", IN_USE), deleting=True),
            ["robot payments/a is being deleted and waits for the operator: InUse: 1 pull"],
        ),
        (
            CONNECTION,
            held({"metadata": {"name": "a"}}, deleting=True),
            ["connection a is being deleted and waits for the operator: the operator has not"],
        ),
    ],
)
def test_each_object_has_its_problem_and_its_cure(
    kind: Kind, body: Json, problems: list[str]
) -> None:
    tasks = removal_with((kind, body)).tasks

    assert len(tasks) == len(problems)
    for task, problem in zip(tasks, problems, strict=True):
        assert task.problem.startswith(problem)
        assert task.cure.startswith("kubectl ")
        assert kind.short_name in task.cure


def test_tasks_come_in_the_order_of_the_page() -> None:
    objects = [(kind, held(an_object(kind, name))) for kind in KINDS for name in ("b", "a")]

    tasks = removal_with(*objects).tasks

    assert [task.step for task in tasks] == [1, 2, 3, 4]
    assert tasks[0].objects == ("payments/a", "payments/b")
    assert tasks[3].objects == ("a", "b")


@pytest.mark.parametrize(
    ("ends", "first"),
    [
        ([None], None),
        ([9 * DAY, 3 * DAY, None], 3 * DAY),
        ([-DAY, 3 * DAY], 3 * DAY),
        ([-DAY], None),
    ],
)
def test_the_first_credential_that_will_end_is_told(
    ends: list[timedelta | None], first: timedelta | None
) -> None:
    statuses = [{} if end is None else {"expiresAt": stamp(end)} for end in ends]
    robots = [
        (ROBOT, held(an_object(ROBOT, f"r{n}", username="robot$r", **status)))
        for n, status in enumerate(statuses)
    ]

    told = removal_with(*robots, (ROBOT, held(an_object(ROBOT, "new"))))

    assert told.robots == len(ends)
    expected = None if first is None else Expiry("payments", f"r{ends.index(first)}", NOW + first)
    assert told.expiry == expected


def filled() -> GuardedCluster:
    """A connection, and a robot in each of two namespaces."""
    cluster = GuardedCluster()
    cluster.put(CONNECTION.resource, held(an_object(CONNECTION, "default")))
    for namespace in ("payments", "search"):
        body = an_object(ROBOT, "ci", namespace=namespace, username="r", expiresAt=stamp(42 * DAY))
        cluster.put(ROBOT.resource, held(body))
    return cluster


def policy(name: str, **labels: str) -> Json:
    return {"metadata": {"name": name, "labels": labels}}


async def test_the_whole_cluster_is_looked_at() -> None:
    cluster = filled()

    told = await read_removal(cluster, NOW)

    assert [(task.step, len(task.objects)) for task in told.tasks] == [(2, 2), (4, 1)]
    assert told.complete
    assert {request.verb for request in cluster.requests} == {"get", "list"}


@pytest.mark.parametrize(("resource", "name"), POLICIES)
async def test_policies_stay_unless_a_release_takes_them_along(
    resource: Resource, name: str
) -> None:
    cluster = GuardedCluster()
    cluster.put(resource, policy(name))
    (task,) = (await read_removal(cluster, NOW)).tasks

    assert (task.step, task.objects) == (POLICY_STEP, (name,))
    assert task.cure == f"kubectl delete {resource.kind.lower()} {name}"

    cluster.put(resource, policy(name, **{"app.kubernetes.io/managed-by": "Helm"}))
    assert (await read_removal(cluster, NOW)).tasks == ()


async def test_what_may_not_be_read_leaves_the_answer_open() -> None:
    cluster = GuardedCluster((ROBOT.resource.plural, None))
    cluster.fail_on("get", FORBIDDEN)

    told = await read_removal(cluster, NOW)

    assert not told.complete
    assert told.notes == (
        "harborrobots are left out: you may not list them in all namespaces",
        f"{POLICIES[0][0].kind} harbor-operator-pull-secrets is left out: you may not read it",
    )
    assert draw_removal(told, NOW, Paper()).endswith(
        "\n\nNot known: not everything could be read\n"
    )


async def test_with_no_right_at_all_there_is_no_answer() -> None:
    with pytest.raises(Forbidden):
        await read_removal(GuardedCluster(*((k.resource.plural, None) for k in KINDS)), NOW)


async def test_kinds_that_are_gone_have_no_objects() -> None:
    cluster = GuardedCluster()
    unknown = NotFound(Operation("list"), "no such resource", reason="NotFound", status=404)
    cluster.fail_on("list", *(unknown for _ in KINDS))

    told = await read_removal(cluster, NOW)

    assert told == Removal((), 0, None, complete=True, notes=())
    assert draw_removal(told, NOW, Paper()) == "Nothing is left to do but step 6\n"


def test_a_command_is_never_cut() -> None:
    web = held(an_object(PROJECT, "web"), deletionPolicy="DeleteWithContents")
    ci = held(an_object(ROBOT, "ci", username="r", expiresAt=stamp(42 * DAY)))

    assert (
        draw_removal(removal_with((PROJECT, web), (ROBOT, ci)), NOW, Paper(width=40))
        == """\
To do, in this order:
2. robots: 1 would hang when deleted, as only the operator takes off their finalizer
   kubectl delete hrobot --all --all-namespaces
3. project payments/web goes from Harbor with all its images (DeleteWithContents); to keep it:
   kubectl -n payments patch hproj web --type=merge -p '{"spec":{"deletionPolicy":"Retain"}}'
3. projects: 1 would hang when deleted, as only the operator takes off their finalizer
   kubectl delete hproj --all --all-namespaces

Robots that nobody would rotate any more: 1. \
The first credential expires in 42d, 2026-04-12T12:00:00Z: payments/ci.

Not yet: 3 to do
"""
    )


def test_credentials_without_an_end_are_told() -> None:
    lines = draw_removal(
        removal_with((ROBOT, held(an_object(ROBOT, "ci", username="r")))), NOW, Paper()
    )

    assert "would rotate any more: 1. No credential that works now expires.\n" in lines


def test_a_long_list_stays_a_screen_and_json_has_all_of_it() -> None:
    going = [
        (ROBOT, held(an_object(ROBOT, f"r{n}", username="r"), deleting=True)) for n in range(50)
    ]
    told = removal_with(*going)

    lines = draw_removal(told, NOW, Paper()).splitlines()

    assert len(lines) < 50
    assert "and 30 more, which -o json shows" in lines
    as_json = json.loads(dump(asdict(told), "json"))
    assert set(as_json) == {*Removal.__dataclass_fields__}
    assert len(as_json["tasks"]) == 50
