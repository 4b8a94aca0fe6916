"""What depends on a robot's credential, and how it is found with few rights."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Final

import pytest

from harbor_operator.api import base, pullsecret
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.kinds import HOLDERS, PULL_SECRET, ROBOT, Target, read_target
from harbor_operator.cli.printing import Paper, dump
from harbor_operator.cli.radius import dependents
from harbor_operator.cli.radius.dependents import (
    NamespaceLine,
    Radius,
    SecretLine,
    Seen,
    User,
    account_of,
    pod_of,
    radius_of,
    secret_of,
    source_of,
)
from harbor_operator.cli.radius.reading import read_radius
from harbor_operator.cli.radius.screen import draw_radius
from harbor_operator.cli.why.targets import PODS
from harbor_operator.kube.errors import NotFound
from harbor_operator.kube.resources import SECRETS, SERVICE_ACCOUNTS, ObjectKey
from tests.support.custom_resources import Json
from tests.support.guarded_cluster import GuardedCluster
from tests.support.plugin import NOW, an_object, stamp

CI: Final = Target(ROBOT, "ci")
IMAGES: Final = Target(PULL_SECRET, "images")
EXPIRES: Final = timedelta(days=42)


def with_spec(body: Json, **spec: object) -> Json:
    return {**body, "spec": spec}


def robot(name: str = "ci") -> Json:
    body = an_object(ROBOT, name, expiresAt=stamp(EXPIRES), secretName=f"{name}-login")
    body["metadata"]["uid"] = f"uid-of-{name}"
    return body


def pull_secret(name: str = "images", **spec: object) -> Json:
    body = an_object(PULL_SECRET, name, credentialExpiresAt=stamp(EXPIRES), secretName=name)
    body["metadata"]["uid"] = f"uid-of-{name}"
    return with_spec(body, **({"robotRef": {"name": "ci"}} | spec))


def secret(namespace: str, name: str, owner: str, owner_kind: str, of_robot: str = "ci") -> Json:
    return {
        "metadata": {
            "namespace": namespace,
            "name": name,
            "labels": {
                base.LABEL_MANAGED: "true",
                base.LABEL_ROBOT_UID: f"uid-of-{of_robot}",
                base.LABEL_OWNER_UID: f"uid-of-{owner}",
                base.LABEL_OWNER_KIND: owner_kind,
            },
            "annotations": {base.ANNOTATION_OWNER_NAME: owner},
        },
        "data": {"password": "Canary-Password"},
    }


def account(namespace: str, name: str, *secrets: str) -> Json:
    entries = [{"name": secret} for secret in secrets]
    return {"metadata": {"namespace": namespace, "name": name}, "imagePullSecrets": entries}


def pod(namespace: str, name: str, *secrets: str, phase: str = "Running") -> Json:
    return {
        "metadata": {"namespace": namespace, "name": name},
        "spec": {
            "imagePullSecrets": [{"name": secret} for secret in secrets],
            "initContainers": [{"image": "harbor.example/payments/init:1"}],
            "containers": [{"image": "harbor.example/payments/app:1"}] * 2,
        },
        "status": {"phase": phase},
    }


def filled(*forbidden: tuple[str, str | None]) -> GuardedCluster:
    """A robot whose pull secret serves another namespace, and things that have no part in it."""
    cluster = GuardedCluster(*forbidden)
    targets = {"namespaces": {"names": ["payments", "search", "x-*"]}}
    cluster.put(ROBOT.resource, robot())
    cluster.put(ROBOT.resource, robot("other"))
    cluster.put(PULL_SECRET.resource, pull_secret(targets=targets))
    cluster.put(PULL_SECRET.resource, pull_secret("others", robotRef={"name": "other"}))
    for body in (
        secret("payments", "ci-login", "ci", "HarborRobot"),
        secret("payments", "ci-login-ledger", "ci", "HarborRobot"),
        secret("payments", "images", "images", "HarborPullSecret"),
        secret("search", "images", "images", "HarborPullSecret"),
        secret("payments", "others", "others", "HarborPullSecret", of_robot="other"),
    ):
        cluster.put(SECRETS, body)
    for namespace in ("payments", "search", "strangers"):
        cluster.put(SERVICE_ACCOUNTS, account(namespace, "default", "own", "images"))
        cluster.put(PODS, pod(namespace, "web", "images"))
        cluster.put(PODS, pod(namespace, "ended", "images", phase="Succeeded"))
        cluster.put(PODS, pod(namespace, "bare"))
    cluster.put(SERVICE_ACCOUNTS, account("payments", "builder", "others"))
    return cluster


ALL: Final = Radius(
    target="robot/ci",
    robot="ci",
    expires=NOW + EXPIRES,
    pull_secrets=("images",),
    namespaces=(
        NamespaceLine("payments", ("ci-login", "images"), 1, 1),
        NamespaceLine("search", ("images",), 1, 1),
    ),
    secrets=(
        SecretLine("payments", "ci-login", "robot/ci"),
        SecretLine("payments", "images", "pullsecret/images"),
        SecretLine("search", "images", "pullsecret/images"),
    ),
    service_accounts=(
        User("payments", "default", ("images",)),
        User("search", "default", ("images",)),
    ),
    pods=tuple(
        User(
            namespace,
            "web",
            ("images",),
            ("harbor.example/payments/app:1", "harbor.example/payments/init:1"),
        )
        for namespace in ("payments", "search")
    ),
    images=("harbor.example/payments/app:1", "harbor.example/payments/init:1"),
    notes=(),
)


def test_the_facts_of_the_definitions_are_repeated_truly() -> None:
    for name in ("LABEL_MANAGED", "LABEL_ROBOT_UID", "LABEL_OWNER_UID", "LABEL_OWNER_KIND"):
        assert getattr(dependents, name) == getattr(base, name)
    assert dependents.ANNOTATION_OWNER_NAME == base.ANNOTATION_OWNER_NAME
    assert (dependents.CHILD_SUFFIX, dependents.LEDGER_SUFFIX) == (
        pullsecret.CHILD_SUFFIX,
        base.LEDGER_SUFFIX,
    )


@pytest.mark.parametrize(
    ("body", "robot_name", "secrets"),
    [
        (pull_secret(), "ci", ["payments/images"]),
        (pull_secret(robotRef=None, projectRefs=[{"name": "web"}]), "images-robot", None),
        (
            pull_secret(targets={"namespaces": {"names": ["a", "b-*"]}}),
            "ci",
            ["a/images"],
        ),
        (pull_secret(targets={"namespaces": {"selector": {}}}), "ci", []),
        (
            {"metadata": {"namespace": "n", "name": "new"}, "spec": {"secretName": "s"}},
            "new-robot",
            ["n/s"],
        ),
    ],
)
def test_a_pull_secret_tells_its_robot_and_its_secrets(
    body: Json, robot_name: str, secrets: list[str] | None
) -> None:
    source = source_of(PULL_SECRET, body)

    assert source.robot == robot_name
    assert secrets is None or ["/".join(key) for key in source.secrets] == secrets


@pytest.mark.parametrize(
    ("accounts", "pods", "used"),
    [
        ([], [], (0, 0)),
        ([account("payments", "a", "ci-login")], [pod("payments", "p", "ci-login")], (1, 1)),
        ([account("search", "a", "ci-login")], [pod("search", "p", "ci-login")], (0, 0)),
        ([account("payments", "a", "own")], [pod("payments", "p", "own")], (0, 0)),
        ([{"metadata": {"namespace": "payments", "name": "a"}}], [], (0, 0)),
        ([], [pod("payments", "p", "ci-login", phase="Pending")], (0, 1)),
        ([], [pod("payments", "p", "ci-login", phase="Failed")], (0, 0)),
    ],
)
def test_only_who_names_the_secret_in_its_own_namespace_depends_on_it(
    accounts: list[Json], pods: list[Json], used: tuple[int, int]
) -> None:
    line = secret_of(secret("payments", "ci-login", "ci", "HarborRobot"))
    assert line is not None
    seen = Seen([line, line], [*map(account_of, accounts)], [*filter(None, map(pod_of, pods))])
    report = radius_of(CI, (source_of(ROBOT, robot()),), seen)

    assert (len(report.service_accounts), len(report.pods)) == used
    assert report.namespaces == (NamespaceLine("payments", ("ci-login",), *used),)


async def test_everything_that_depends_on_a_robot_is_found() -> None:
    assert await read_radius(filled(), CI, "payments") == ALL


async def test_of_secrets_nothing_but_metadata_is_asked_for() -> None:
    cluster = filled(("secrets", None))

    report = await read_radius(cluster, CI, "payments")

    asked = [selection for selection in cluster.selections if selection.resource == SECRETS]
    assert [selection.namespace for selection in asked] == [None, "payments", "search"]
    assert all(selection.metadata_only and selection.label_selector for selection in asked)
    assert {request.verb for request in cluster.requests} == {"get", "list"}
    assert {request.plural for request in cluster.requests if request.verb == "get"} == {
        ROBOT.resource.plural
    }
    assert "Canary" not in dump(asdict(report), "json")


async def test_a_pull_secret_is_its_own_part_of_it() -> None:
    report = await read_radius(filled(), IMAGES, "payments")

    assert report.robot == "ci"
    assert report.secrets == ALL.secrets[1:]
    assert report.pods == ALL.pods


async def test_with_rights_in_one_namespace_that_one_is_told() -> None:
    kinds = ("secrets", "serviceaccounts", "pods")
    cluster = filled(*((kind, where) for kind in kinds for where in (None, "search")))

    report = await read_radius(cluster, CI, "payments")

    assert report.secrets == ALL.secrets
    assert report.service_accounts == ALL.service_accounts[:1]
    assert report.pods == ALL.pods[:1]
    assert report.notes == (
        "secrets are those of payments: you may not list them in all namespaces",
        "secrets in search are as the objects name them: you may not list them there",
        "serviceaccounts are those of payments: you may not list them in all namespaces",
        "serviceaccounts are left out: you may not list them in search",
        "pods are those of payments: you may not list them in all namespaces",
        "pods are left out: you may not list them in search",
    )


async def test_who_may_list_no_secret_is_told_what_the_objects_say() -> None:
    cluster = filled(*(("secrets", where) for where in (None, "payments", "search")))

    report = await read_radius(cluster, CI, "payments")

    assert (report.secrets, report.pods) == (ALL.secrets, ALL.pods)
    assert report.notes == (
        "secrets in payments, search are as the objects name them: you may not list them there",
    )


async def test_unlisted_pull_secrets_are_a_note() -> None:
    report = await read_radius(filled(("harborpullsecrets", "payments")), CI, "payments")

    assert report.notes == ("harborpullsecrets are left out: you may not list them in payments",)
    assert report.secrets == ALL.secrets


async def test_an_object_that_is_not_there_is_an_error() -> None:
    with pytest.raises(NotFound):
        await read_radius(filled(), Target(ROBOT, "none"), "payments")


@pytest.mark.parametrize("text", ["project/web", "connection/default", "pod/web", "robot"])
def test_only_holders_of_credentials_have_a_radius(text: str) -> None:
    with pytest.raises(CommandError) as caught:
        read_target(text, HOLDERS)

    assert caught.value.code is ExitCode.USAGE


def test_a_radius_is_one_screen() -> None:
    assert (
        draw_radius(ALL, NOW, Paper(width=72))
        == """\
NAMESPACE   SERVICEACCOUNTS   PODS   SECRETS
payments    1                 1      ci-login, images
search      1                 1      images

ServiceAccounts:
SERVICEACCOUNT   NAMESPACE   SECRETS
default          payments    images
default          search      images

Pods:
POD   NAMESPACE   SECRETS   IMAGES
web   payments    images    harbor.example/payments/app:1, harbor.examp…
web   search      images    harbor.example/payments/app:1, harbor.examp…

Robot ci, expires in 42d: 1 pull secret, 2 namespaces, 3 Secrets, 2 ServiceAccounts, \
2 pods, 2 images
"""
    )


def test_the_other_formats_say_all_of_it() -> None:
    told = json.loads(dump(asdict(ALL), "json"))

    assert set(told) == {*Radius.__dataclass_fields__}
    assert told["expires"] == stamp(EXPIRES)
    assert told["pods"][0]["images"] == [*ALL.images]
    assert ObjectKey(told["secrets"][2]["namespace"], told["secrets"][2]["name"]) == (
        "search",
        "images",
    )
