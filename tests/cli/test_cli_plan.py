"""What manifests would change in a Harbor: as the operator would, and by what is known here."""

import base64
from collections.abc import AsyncIterator

import pytest

from harbor_operator.api.base import LABEL_WEBHOOK_AUTH
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.kinds import CONNECTION, PROJECT
from harbor_operator.cli.planning.planner import connection_for, unplanned_parts
from harbor_operator.cli.planning.report import Entry, ObjectPlan, Outcome
from harbor_operator.cli.planning.rules import Rules
from harbor_operator.cli.planning.surroundings import Surroundings
from harbor_operator.core.ownership import Mark
from harbor_operator.kube.resources import NAMESPACES, SECRETS
from tests.support.custom_resources import Json
from tests.support.fake_cluster import FakeCluster
from tests.support.harbor_clients import client_for
from tests.support.plan_stage import (
    CANARY,
    REACHED,
    HiddenCluster,
    Stage,
    live,
    manifests_of,
    staged,
    written,
)

OURS = Mark("cluster-1", "team", "web", "uid-1")
ROBOTS_MARK = Mark("cluster-1", "team", "ci", "uid-3")
RULE: Json = {"namespaces": {"names": ["team"]}, "projects": ["web"]}
PULL = [{"projectRef": {"name": "web"}, "preset": "Pull"}]
PUSH = [{"projectRef": {"name": "web"}, "preset": "PullPush"}]
PLAIN_HOOK = {"name": "ci", "events": ["PUSH_ARTIFACT"], "address": "https://ci.example/hook"}
HOOK = {**PLAIN_HOOK, "authHeaderSecretRef": {"name": "hook", "key": "header"}}
CLUSTER = {"metadata": {"name": "kube-system", "uid": "cluster-1"}}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as stage:
        yield stage


def told(found: ObjectPlan) -> list[str]:
    """The entries in short."""
    return [_short(entry) for entry in found.entries]


def _short(entry: Entry) -> str:
    fields = ", ".join(f"{f.field}: {f.before} -> {f.after}" for f in entry.fields)
    return f"{entry.action} {entry.block} {entry.target} ({fields})"


def reasons(found: ObjectPlan) -> list[str]:
    return [obstacle.reason for obstacle in found.obstacles]


async def test_a_project_that_is_not_there_would_be_created(stage: Stage) -> None:
    stage.write("HarborProject", "web", visibility="Public", labels=[{"name": "tier-1"}])

    found = await stage.only()

    assert found.outcome is Outcome.CREATE
    assert told(found) == [
        "Create project web (projectName: None -> web)",
        "Update visibility  (visibility: Private -> Public)",
        "Create labels tier-1 (color: None -> #FFFFFF, description: None -> )",
    ]


async def test_a_project_that_carries_the_mark_would_be_changed(stage: Stage) -> None:
    await stage.make("web", OURS, auto_scan="true")
    stage.write("HarborProject", "web", scanning={"onPush": False})

    found = await stage.only()

    assert found.outcome is Outcome.CHANGE
    assert told(found) == ["Update scanning  (onPush: true -> false)"]


async def test_what_is_as_it_should_be_is_left(stage: Stage) -> None:
    await stage.make("web", OURS)
    stage.write("HarborProject", "web", visibility="Private", labels=[])

    assert (await stage.only()).outcome is Outcome.NONE


async def test_a_project_of_nobody_is_refused_unless_it_may_be_adopted(stage: Stage) -> None:
    await stage.make("web")
    stage.write("HarborProject", "web")

    found = await stage.only()

    assert (found.outcome, reasons(found)) == (Outcome.REFUSED, ["NameConflict"])


async def test_an_adoption_shows_the_mark_and_the_changes(stage: Stage) -> None:
    await stage.make("web", auto_scan="true")
    scanning = {"onPush": False}
    stage.write("HarborProject", "web", adoptionPolicy="IfUnclaimed", scanning=scanning)

    found = await stage.only()

    assert found.outcome is Outcome.CHANGE
    assert told(found) == [
        "Update ownership web (mark: None -> (cluster)/team/web/(uid)/adopted)",
        "Update scanning  (onPush: true -> false)",
    ]


async def test_an_object_that_was_made_again_renews_its_mark(stage: Stage) -> None:
    await stage.make("web", Mark("cluster-1", "team", "web", "uid-0"))
    stage.cluster = FakeCluster()
    stage.cluster.put(NAMESPACES, CLUSTER)
    stage.cluster.put(PROJECT.resource, live(PROJECT.resource, "team"))
    stage.write("HarborProject", "web", labels=[])

    found = await stage.only()

    before, after = "cluster-1/team/web/uid-0", "cluster-1/team/web/uid-1"
    assert told(found) == [f"Update ownership  (mark: {before} -> {after})"]


async def test_the_tenant_rules_of_the_files_are_asked(stage: Stage) -> None:
    await stage.make("web")
    stage.tenants(RULE)
    stage.write("HarborProject", "web", adoptionPolicy="IfUnclaimed")
    stage.write("HarborProject", "open", projectName="web.open")
    stage.write("HarborProject", "far", "elsewhere")

    found = await stage.plan()

    assert {name: reasons(plan) for name, plan in found.items()} == {
        "web": ["NameConflict"],
        "open": ["NotAllowedNamespace"],
        "far": ["NotAllowedNamespace"],
    }
    assert "allows no adoption" in found["web"].obstacles[0].message


async def test_defaults_of_a_tenant_rule_are_filled_in(stage: Stage) -> None:
    await stage.make("web", OURS)
    stage.tenants({**RULE, "projectDefaults": {"scanning": {"onPush": True}}})
    stage.write("HarborProject", "web")

    assert told(await stage.only()) == ["Update scanning  (onPush: false -> true)"]


async def test_labels_of_a_namespace_in_the_files_select_its_rule(stage: Stage) -> None:
    gold = {"selector": {"matchLabels": {"tier": "gold"}}}
    stage.tenants({"namespaces": gold, "projects": ["web"]})
    stage.write("HarborProject", "web")

    refused = await stage.only()
    stage.text += "---\nkind: Namespace\napiVersion: v1\n"
    stage.text += "metadata: {name: team, labels: {tier: gold}}\n"

    assert refused.outcome is Outcome.REFUSED
    assert (await stage.only()).outcome is Outcome.CREATE


async def test_a_project_of_somebody_else_is_refused_without_a_look_at_it(stage: Stage) -> None:
    await stage.make("web", Mark("cluster-1", "other", "web", "uid-9"), auto_scan="true")
    scanning = {"onPush": False}
    stage.write("HarborProject", "web", scanning=scanning, adoptionPolicy="IfUnclaimed")

    found = await stage.only()

    assert (found.outcome, found.entries) == (Outcome.REFUSED, ())


async def test_an_observed_project_shows_what_differs_and_changes_nothing(stage: Stage) -> None:
    await stage.make("web", auto_scan="true")
    stage.write("HarborProject", "web", managementPolicy="Observe", scanning={"onPush": False})

    found = await stage.only()

    assert found.outcome is Outcome.OBSERVED
    assert told(found) == ["Update scanning  (onPush: true -> false)"]


async def test_an_observed_project_that_is_not_there_is_told(stage: Stage) -> None:
    stage.write("HarborProject", "web", managementPolicy="Observe")

    found = await stage.only()

    assert found.outcome is Outcome.OBSERVED
    assert found.notes == ("Project web does not exist, and managementPolicy is Observe.",)


async def test_an_observed_project_of_a_neighbour_has_to_be_shared(stage: Stage) -> None:
    await stage.make("web", Mark("cluster-1", "owner", "web", "uid-9"))
    stage.cluster = FakeCluster()
    stage.cluster.put(NAMESPACES, CLUSTER)
    stage.write("HarborProject", "web", managementPolicy="Observe")

    refused = await stage.only()
    share = {"namespaces": {"names": ["team"]}, "access": "Pull"}
    stage.cluster.put(PROJECT.resource, live(PROJECT.resource, "owner", sharedWith=[share]))

    assert reasons(refused) == ["NameConflict"]
    assert (await stage.only()).outcome is Outcome.OBSERVED


async def test_the_cluster_tells_whose_a_mark_is(stage: Stage) -> None:
    await stage.make("web", Mark("cluster-2", "team", "web", "uid-7"))
    stage.cluster = FakeCluster()
    stage.cluster.put(NAMESPACES, CLUSTER)
    stage.write("HarborProject", "web")

    assert (await stage.only()).outcome is Outcome.REFUSED


async def test_what_the_cluster_would_not_let_be_changed_is_refused(stage: Stage) -> None:
    stage.cluster = FakeCluster()
    stage.cluster.put(PROJECT.resource, live(PROJECT.resource, "team", projectName="before"))
    stage.write("HarborProject", "web", projectName="after")

    found = await stage.only()

    assert found.outcome is Outcome.REFUSED
    assert "projectName is immutable" in found.obstacles[0].message


async def test_a_member_whom_an_earlier_spec_named_would_go(stage: Stage) -> None:
    number = await stage.make("web", OURS)
    alice = {"username": "alice", "realname": "alice", "email": "a@example.com"}
    await stage.harbor.admin("POST", "/api/v2.0/users", {**alice, "password": "Alices-Pass-1"})
    await stage.client.members.add_user(number, "alice", 2)
    stage.cluster = FakeCluster()
    status = {"managedMembers": ["User/alice"]}
    stage.cluster.put(PROJECT.resource, {**live(PROJECT.resource, "team"), "status": status})
    stage.write("HarborProject", "web")

    assert told(await stage.only()) == ["Delete members User/alice (role: Developer -> None)"]


async def test_a_webhook_s_header_is_compared_and_never_told(stage: Stage) -> None:
    await stage.make("web", OURS)
    stage.write("HarborProject", "web", webhooks=[HOOK])
    stage.cluster = FakeCluster()
    data = {"header": base64.b64encode(CANARY.encode()).decode()}
    metadata = {"name": "hook", "namespace": "team", "labels": {LABEL_WEBHOOK_AUTH: "true"}}
    stage.cluster.put(SECRETS, {"metadata": metadata, "data": data})

    found = await stage.only()

    assert "authHeader: None -> (hidden)" in told(found)[0]


@pytest.mark.parametrize("cluster", [None, HiddenCluster()], ids=["no cluster", "no right"])
async def test_a_header_that_cannot_be_read_is_noted(
    stage: Stage, cluster: FakeCluster | None
) -> None:
    await stage.make("web", OURS)
    stage.cluster = cluster
    stage.write("HarborProject", "web", webhooks=[HOOK])

    found = await stage.only()

    assert found.notes == ("webhooks: Secret hook was not read, so its header was not compared",)
    assert found.obstacles == ()


async def test_a_webhook_that_the_rule_does_not_allow_is_an_obstacle(stage: Stage) -> None:
    stage.tenants(RULE)
    stage.write("HarborProject", "web", webhooks=[PLAIN_HOOK], labels=[{"name": "a"}])

    found = await stage.only()

    assert found.outcome is Outcome.CREATE
    assert [entry.block for entry in found.entries] == ["project", "labels"]
    assert reasons(found) == ["AccessNotAllowed"]


async def test_a_cache_of_an_unknown_registry_is_an_obstacle(stage: Stage) -> None:
    stage.write("HarborProject", "web", proxyCache={"registry": "hub"})

    assert reasons(await stage.only()) == ["WaitingForRegistry"]


async def test_a_suspended_object_is_left_alone(stage: Stage) -> None:
    stage.write("HarborProject", "web", suspend=True)

    assert (await stage.only()).outcome is Outcome.SUSPENDED


async def test_a_robot_of_a_planned_project_would_be_created(stage: Stage) -> None:
    stage.write("HarborProject", "web")
    stage.write("HarborRobot", "ci", access=PULL, lifetimeDays=30, robotName="ci")

    found = (await stage.plan())["ci"]

    assert (found.outcome, found.in_harbor) == (Outcome.CREATE, "web")
    assert told(found) == [
        "Create account ci-1 (access to web: None -> repository: pull, lifetimeDays: None -> 30)"
    ]


async def test_a_robot_of_no_project_waits(stage: Stage) -> None:
    stage.write("HarborRobot", "ci", access=PULL)

    assert reasons(await stage.only()) == ["WaitingForProject"]


async def test_the_account_that_carries_the_mark_is_compared(stage: Stage) -> None:
    await stage.make("web", OURS)
    await stage.make_robot("ci-1a2b3-4", ROBOTS_MARK)
    await stage.make_robot("other-1")
    stage.write("HarborProject", "web")
    stage.write("HarborRobot", "ci", access=PUSH)

    found = (await stage.plan())["ci"]

    change = "access to web: repository: pull -> repository: pull, push"
    assert found.outcome is Outcome.CHANGE
    assert told(found) == [f"Update account robot$web+ci-1a2b3-4 ({change})"]


async def test_a_connection_that_is_a_robot_needs_another_account(stage: Stage) -> None:
    await stage.make("web", OURS)
    await stage.make_robot("ci-1a2b3-4", ROBOTS_MARK)
    stage.cluster = FakeCluster()
    body = live(CONNECTION.resource, "", "default", **REACHED, tenants=[RULE])
    status = {"identity": {"kind": "Robot", "name": "robot$operator"}}
    stage.cluster.put(CONNECTION.resource, {**body, "status": status})
    stage.write("HarborProject", "web")
    stage.write("HarborRobot", "ci", access=PUSH)

    found = (await stage.plan())["ci"]

    assert "replaced by: robot$web+ci-1a2b3-4 -> another account" in told(found)[0]


async def test_accounts_of_several_clusters_are_told(stage: Stage) -> None:
    await stage.make("web", OURS)
    for cluster in ("c1", "c2"):
        await stage.make_robot(f"ci-{cluster}-1", Mark(cluster, "team", "ci", f"uid-{cluster}"))
    stage.write("HarborProject", "web")
    stage.write("HarborRobot", "ci", access=PULL)

    found = (await stage.plan())["ci"]

    assert found.outcome is Outcome.NONE
    assert found.notes == (
        "accounts of several clusters are of this namespace and name; the newest is compared",
    )


async def test_what_a_rule_does_not_give_a_robot_is_refused(stage: Stage) -> None:
    stage.tenants(RULE)
    stage.write("HarborProject", "web")
    access = [{"projectRef": {"name": "web"}, "preset": "Maintain"}]
    stage.write("HarborRobot", "ci", access=access)

    assert reasons((await stage.plan())["ci"]) == ["AccessNotAllowed"]


async def test_a_pull_secret_for_projects_has_a_robot_of_its_own(stage: Stage) -> None:
    stage.write("HarborProject", "web")
    stage.write("HarborPullSecret", "images", projectRefs=[{"name": "web"}])
    stage.write("HarborPullSecret", "other", robotRef={"name": "ci"})

    found = await stage.plan()

    assert found["images"].outcome is Outcome.CREATE
    assert "access to web: None -> repository: pull" in told(found["images"])[0]
    assert found["other"].outcome is Outcome.NONE


async def test_what_the_login_may_not_see_is_told_for_each_object(stage: Stage) -> None:
    await stage.make("web", OURS)
    bob = {"username": "bob", "realname": "bob", "email": "b@example.com"}
    await stage.harbor.admin("POST", "/api/v2.0/users", {**bob, "password": "Bobs-Password-1"})
    stage.write("HarborProject", "web", labels=[])
    stage.write("HarborRobot", "wide", access=[{"allProjects": True, "preset": "Pull"}])

    async with client_for(stage.harbor.simulator, "bob", "Bobs-Password-1") as client:
        found = await stage.plan(client)

    assert {plan.outcome for plan in found.values()} == {Outcome.HIDDEN}
    assert all("the login may not read it" in plan.notes[0] for plan in found.values())


@pytest.mark.parametrize(
    ("away", "note"),
    [
        (True, "the cluster was not asked, as it does not answer: Unreachable"),
        (False, "you may not read harborprojects in namespace team of the cluster"),
    ],
    ids=["away", "forbidden"],
)
async def test_a_cluster_that_tells_nothing_is_noted(
    stage: Stage, *, away: bool, note: str
) -> None:
    stage.cluster = HiddenCluster(away=away)
    stage.write("HarborProject", "web")

    assert (await stage.only()).outcome is Outcome.CREATE
    assert note in stage.notes


def test_objects_of_one_connection_are_planned() -> None:
    eu = written("HarborProject", "web", connectionRef={"name": "eu"})
    both = manifests_of(eu + written("HarborRobot", "ci", access=PULL))

    assert connection_for(manifests_of(eu), None) == "eu"
    assert connection_for(both, "default") == "default"
    with pytest.raises(CommandError, match="connections default, eu: choose one") as failure:
        connection_for(both, None)
    assert failure.value.code is ExitCode.USAGE


def test_what_is_not_planned_of_a_connection_is_told() -> None:
    registries = [{"name": "hub", "type": "docker-hub", "url": "https://hub.example"}]
    text = written("ClusterHarborConnection", "default", "", **REACHED, registries=registries)
    rules = Rules(Surroundings(manifests_of(text)), None)

    assert [*unplanned_parts(rules, "default")] == [
        "registries of connection default are not compared"
    ]
