"""Orphans are found in a cluster and a Harbor, and taken away after a last look."""

import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Final

import pytest

from harbor_operator.api import base
from harbor_operator.cli.installation import DEPLOYMENTS
from harbor_operator.cli.kinds import CONNECTION, KINDS, PROJECT, PULL_SECRET, ROBOT, Kind
from harbor_operator.cli.orphans.deleting import Remover
from harbor_operator.cli.orphans.findings import Deletion, Orphans
from harbor_operator.cli.orphans.harbor_reading import read_harbor
from harbor_operator.cli.orphans.judging import orphans_of
from harbor_operator.cli.orphans.reading import read_cluster
from harbor_operator.core.connection.upstreams import mark_of
from harbor_operator.core.ownership import OWNER_LABEL, Mark
from harbor_operator.harbor import HarborClient, NewRegistry, NewRobot
from harbor_operator.kube.errors import NotFound, Operation
from harbor_operator.kube.resources import NAMESPACES, SECRETS, SERVICE_ACCOUNTS, Resource
from testbed.harbor import HarborSimulator
from tests.support.custom_resources import Json
from tests.support.guarded_cluster import GuardedCluster
from tests.support.harbor_clients import PULLER, client_for
from tests.support.plugin import an_object

CLUSTER: Final = "0d1e2f3a-0000-4000-8000-000000000001"
LIVE: Final = "0d1e2f3a-0000-4000-8000-00000000000a"
GONE: Final = "0d1e2f3a-0000-4000-8000-00000000000b"
COMMAND: Final = "kubectl harbor orphans --delete"


def managed(name: str, uid: str, *, kind: str = "HarborRobot", **more: object) -> Json:
    """A Secret with the operator's labels."""
    labels = {
        base.LABEL_MANAGED: "true",
        base.LABEL_OWNER_KIND: kind,
        base.LABEL_OWNER_NAMESPACE: "payments",
        base.LABEL_OWNER_UID: uid,
        base.LABEL_ROBOT_UID: uid,
    }
    metadata = {
        "name": name,
        "namespace": "payments",
        "labels": labels,
        "annotations": {base.ANNOTATION_OWNER_NAME: "ci"},
        "creationTimestamp": "2026-02-01T00:00:00Z",
    }
    return {"metadata": metadata, "data": {"password": "c2VjcmV0"}, **more}


def deployment(*env: Json, **container: object) -> Json:
    """The operator as deploy/kustomize has it."""
    pod = {
        "serviceAccountName": "harbor-operator",
        "containers": [{"name": "operator", "env": [*env], **container}],
    }
    labels = {"app.kubernetes.io/name": "harbor-operator"}
    return {
        "metadata": {"name": "harbor-operator", "namespace": "harbor-operator"},
        "spec": {"template": {"metadata": {"labels": labels}, "spec": pod}},
    }


def filled(*forbidden: tuple[str, str | None]) -> GuardedCluster:
    """A robot that is there, and Secrets and an entry of what is gone."""
    cluster = GuardedCluster(*forbidden)
    cluster.put(NAMESPACES, {"metadata": {"name": "kube-system", "uid": CLUSTER}})
    cluster.put(DEPLOYMENTS, deployment())
    body = an_object(ROBOT, "ci")
    body["metadata"]["uid"] = LIVE
    cluster.put(ROBOT.resource, body)
    cluster.put(SECRETS, managed("ci", LIVE))
    cluster.put(SECRETS, managed("old", GONE))
    cluster.put(SECRETS, managed("old-ledger", GONE, type=base.LEDGER_TYPE))
    note = json.dumps({"images": GONE})
    cluster.put(
        SERVICE_ACCOUNTS,
        {
            "metadata": {
                "name": "default",
                "namespace": "payments",
                "annotations": {base.ANNOTATION_IMAGE_PULL_SECRETS: note},
            },
            "imagePullSecrets": [{"name": "theirs"}, {"name": "images"}],
        },
    )
    return cluster


@dataclass(frozen=True, slots=True)
class Scene:
    """A cluster and a Harbor with orphans in both."""

    cluster: GuardedCluster
    simulator: HarborSimulator
    harbor: HarborClient
    orphan: int
    project: int

    async def look(self) -> tuple[Orphans, Remover]:
        """What is found, and who can take it away."""
        marked = await read_harbor(self.harbor, io.StringIO())
        seen = await read_cluster(self.cluster, None)
        return orphans_of(seen, marked, COMMAND), Remover(self.cluster, self.harbor, (seen, marked))


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """Two accounts in one project, of a robot that is there and of one that is gone."""
    async with HarborSimulator() as simulator:
        client = client_for(simulator, simulator.admin_username, simulator.admin_password)
        async with client:
            project = await client.projects.create("ship", metadata={})
            made = {}
            for name, uid in (("ci-1", LIVE), ("old-1", GONE)):
                text = Mark(CLUSTER, "payments", name.partition("-")[0], uid).text()
                made[uid] = await client.robots.create(_robot(name, text))
            mark = Mark(CLUSTER, "payments", "gone", GONE).text()
            await client.labels.create(project, OWNER_LABEL, description=mark)
            await client.registries.create(
                NewRegistry(
                    "hub", "docker-hub", "https://hub.example", description=mark_of(CLUSTER, "old")
                )
            )
            yield Scene(filled(), simulator, client, made[GONE].id, project)


def _robot(name: str, text: str) -> NewRobot:
    return replace(PULLER, name=name, description=text)


async def test_what_is_gone_is_found_on_both_sides(scene: Scene) -> None:
    orphans, _ = await scene.look()

    assert orphans.complete
    assert orphans.clusters == (CLUSTER,)
    assert {found.what for found in orphans.orphaned} == {
        f"account/{scene.orphan}",
        "mark/ship",
        "registry/hub",
        "secret/payments/old",
        "secret/payments/old-ledger",
        "entry/payments/default/images",
    }
    assert [f.what for f in orphans.findings if f.kind == "ledger"] == [
        "secret/payments/old-ledger"
    ]
    assert {request.verb for request in scene.cluster.requests} == {"get", "list"}
    secrets = [s for s in scene.cluster.selections if s.resource == SECRETS]
    assert all(selection.metadata_only for selection in secrets)


async def test_all_of_them_can_be_taken_away(scene: Scene) -> None:
    orphans, remover = await scene.look()

    deletions = await remover.remove(orphans.orphaned)

    assert all(deletion.done for deletion in deletions)
    left, _ = await scene.look()
    assert left.findings == ()
    assert [robot.name for robot in await scene.harbor.robots.list_project(scene.project)] == [
        "robot$ship+ci-1"
    ]
    assert await scene.harbor.projects.get("ship") is not None
    (account,) = scene.cluster.objects(SERVICE_ACCOUNTS)
    assert account["imagePullSecrets"] == [{"name": "theirs"}]
    assert [body["metadata"]["name"] for body in scene.cluster.objects(SECRETS)] == ["ci"]


async def test_what_has_got_its_object_back_stays(scene: Scene) -> None:
    orphans, remover = await scene.look()
    for kind, name, uid in (
        (ROBOT, "old", GONE),
        (ROBOT, "ci", GONE),
        (PROJECT, "gone", LIVE),
        (PULL_SECRET, "images", GONE),
        (CONNECTION, "old", LIVE),
    ):
        body = an_object(kind, name)
        body["metadata"]["uid"] = uid
        if name == "ci":
            scene.cluster.remove(ROBOT.resource, "ci", "payments")
        scene.cluster.put(kind.resource, body)

    deletions = await remover.remove(orphans.orphaned)

    assert {deletion.sentence for deletion in deletions} == {"left alone: its object is there"}
    assert await scene.harbor.robots.get(scene.orphan) is not None
    assert scene.cluster.writes(SECRETS) == []
    assert scene.cluster.writes(SERVICE_ACCOUNTS) == []


async def test_what_has_changed_meanwhile_stays(scene: Scene) -> None:
    orphans, remover = await scene.look()
    robot = await scene.harbor.robots.get(scene.orphan)
    assert robot is not None
    await scene.harbor.robots.update(robot, description="mine now")
    label = await scene.harbor.labels.get(scene.project, OWNER_LABEL)
    assert label is not None
    await scene.harbor.labels.update(label, description="mine now")
    for name in ("old", "old-ledger"):
        scene.cluster.put(SECRETS, managed(name, LIVE))
    (account,) = scene.cluster.objects(SERVICE_ACCOUNTS)
    account["metadata"]["annotations"] = {}
    scene.cluster.put(SERVICE_ACCOUNTS, account)

    deletions = await remover.remove(o for o in orphans.orphaned if o.what != "registry/hub")

    assert {deletion.sentence for deletion in deletions} == {"left alone: it is not as it was"}
    assert await scene.harbor.robots.get(scene.orphan) is not None


async def test_an_account_stays_that_a_pull_secret_has_begun_to_deliver(scene: Scene) -> None:
    orphans, remover = await scene.look()
    scene.cluster.put(SECRETS, managed("images", GONE, kind="HarborPullSecret"))

    (deletion,) = await remover.remove(o for o in orphans.orphaned if o.what[:7] == "account")

    assert deletion == Deletion(
        f"account/{scene.orphan}", done=False, sentence="left alone: a pull secret holds its login"
    )


async def test_a_failure_is_told_and_the_others_go_on(scene: Scene) -> None:
    orphans, remover = await scene.look()
    refused = NotFound(Operation("list"), "the kind is gone", reason="NotFound", status=404)
    scene.cluster.fail_on("list", refused)

    deletions = await remover.remove(orphans.orphaned)

    assert [deletion.done for deletion in deletions].count(False) == 1
    assert any("the kind is gone" in deletion.sentence for deletion in deletions)


async def test_a_login_of_one_project_leaves_the_rest_out_with_notes(scene: Scene) -> None:
    made = await scene.harbor.robots.create(_robot("narrow", "of people"))
    robot = client_for(scene.simulator, made.name, made.secret)

    async with robot:
        marked = await read_harbor(robot, io.StringIO())

    assert marked.accounts == ()
    assert marked.notes == (
        "robots of the system are left out: the login may not list them",
        "upstream registries are left out: the login may not list them",
        "the login may not list robots or labels of projects library, ship",
    )


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.word)
async def test_a_kind_that_is_not_installed_proves_nothing(kind: Kind) -> None:
    cluster = filled()
    unknown = NotFound(Operation("list"), "no such resource", reason="NotFound", status=404)
    before = 3  # two lists of Secrets, one of ServiceAccounts
    cluster.fail_on("list", *[None] * (before + KINDS.index(kind)), unknown)

    seen = await read_cluster(cluster, None)

    assert kind.resource.kind not in seen.owners.kinds
    assert seen.notes == (
        f"{kind.resource.plural} are not installed: nothing is known of what was theirs",
    )


@pytest.mark.parametrize(
    ("resource", "note"),
    [
        (SECRETS, "secrets are left out: you may not list them in all namespaces"),
        (DEPLOYMENTS, "deployments are left out: you may not list them in all namespaces"),
        (ROBOT.resource, "harborrobots are left out: you may not list them in all namespaces"),
    ],
)
async def test_what_may_not_be_listed_is_left_out_with_a_note(
    resource: Resource, note: str
) -> None:
    seen = await read_cluster(filled((resource.plural, None)), None)

    assert note in seen.notes


@pytest.mark.parametrize(
    ("told", "body", "ids", "proven"),
    [
        (None, deployment(), {CLUSTER}, True),
        ("blue", deployment(), {"blue"}, True),
        (
            None,
            deployment({"name": "HARBOR_OPERATOR_CLUSTER_ID", "value": "green"}),
            {"green"},
            True,
        ),
        (None, deployment(args=["--cluster-id=green"]), {"green"}, True),
        (None, deployment(args=["--cluster-id", "green", "--workers", "4"]), {"green"}, True),
        (
            None,
            deployment({"name": "HARBOR_OPERATOR_CLUSTER_ID", "valueFrom": {}}),
            {CLUSTER},
            False,
        ),
        (None, deployment(envFrom=[{"configMapRef": {"name": "x"}}]), {CLUSTER}, False),
        (None, None, {CLUSTER}, False),
    ],
)
async def test_the_cluster_is_called_what_its_operator_was_told(
    told: str | None, body: Json | None, ids: set[str], *, proven: bool
) -> None:
    cluster = filled()
    cluster.remove(DEPLOYMENTS, "harbor-operator", "harbor-operator")
    if body is not None:
        cluster.put(DEPLOYMENTS, body)

    seen = await read_cluster(cluster, told)

    assert ({*seen.ids}, seen.ids_proven) == (ids, proven)
