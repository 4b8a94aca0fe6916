"""`kubectl harbor export` and `plan` beside a real operator, run by people with their own token."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from harbor_operator.api.conditions import ConditionType
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.cli.failures import ExitCode
from testbed.tools.build import find_kubectl
from tests.support.cluster import has_reason, status_of
from tests.support.custom_resources import Json, manifest
from tests.support.every_setting import PASSWORD, TENANT, prepare_harbor
from tests.support.people import Done, People, run
from tests.support.system_world import ADMIN_PASSWORD, SystemWorld, connection_spec
from tests.support.tenant import tenant_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONNECTION = {"tenants": [TENANT]}
HAND = "by_hand"
AN_HOUR = 3600


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(world: SystemWorld) -> AsyncIterator[People]:
    """A tenant, and a project in Harbor that somebody made by hand an hour ago."""
    await prepare_harbor(world)
    async with tenant_of(world, "team") as tenant:
        kubeconfig = await world.plane.kubeconfig_for_service_account(tenant.namespace, "people")
        world.harbor.clock.offset_seconds -= AN_HOUR
        await make_by_hand(world, tenant.harbor_name(HAND))
        world.harbor.clock.offset_seconds += AN_HOUR
        yield People(tenant, await find_kubectl(), kubeconfig)


async def make_by_hand(world: SystemWorld, name: str) -> None:
    """A project with settings and a robot."""
    metadata = {"public": "false", "auto_scan": "true", "prevent_vul": "true", "severity": "high"}
    body: Json = {"project_name": name, "metadata": metadata, "storage_limit": 2**30}
    assert await world.ask_harbor("POST", "/projects", body) == 201
    project = world.harbor.state.project_named(name)
    assert project is not None
    label = {"name": "tier-1", "color": "#c0392b", "scope": "p", "project_id": project.project_id}
    assert await world.ask_harbor("POST", "/labels", label) == 201
    member = {"role_id": 4, "member_user": {"username": "alice"}}
    path = f"/projects/{project.project_id}/members"
    assert await world.ask_harbor("POST", path, member) == 201
    access = [{"resource": "repository", "action": "pull"}]
    robot = {
        "name": "ci",
        "level": "project",
        "duration": 30,
        "permissions": [{"kind": "project", "namespace": name, "access": access}],
    }
    assert await world.ask_harbor("POST", "/robots", robot) == 201


def login(world: SystemWorld, user: str = "admin", password: str = ADMIN_PASSWORD) -> Json:
    """The variables of a login in Harbor."""
    url = world.harbor.url
    return {"HARBOR_URL": url, "HARBOR_USERNAME": user, "HARBOR_PASSWORD": password}


async def exported(people: People, *words: str) -> Done:
    """The manifests of the project that was made by hand."""
    tenant = people.tenant
    return await people.harbor(
        "export",
        f"--project={tenant.harbor_name(HAND)}",
        f"--namespace={tenant.namespace}",
        f"--connection-ref={tenant.world.connection}",
        *words,
        variables=login(tenant.world),
    )


async def planned(people: People, path: Path, *words: str) -> Done:
    """What is planned for a file or folder."""
    return await people.harbor(
        "plan", f"--filename={path}", *words, variables=login(people.tenant.world)
    )


async def kubectl(people: People, *words: str) -> Done:
    """Run kubectl as the tenant."""
    return await run(people.kubectl, f"--kubeconfig={people.kubeconfig}", *words)


async def test_an_export_is_accepted_and_plans_nothing(people: People, tmp_path: Path) -> None:
    done = await exported(people, f"--output-dir={tmp_path}")

    assert (done.code, done.out) == (ExitCode.FINE, ""), done.err
    folder = tmp_path / people.tenant.namespace
    name = f"{people.tenant.namespace}.by-hand"
    files = sorted(path.name for path in folder.iterdir())
    assert files == [f"project-{name}.yaml", "robot-ci.yaml"]
    tried = await kubectl(people, "apply", "--dry-run=server", f"--filename={folder}")
    assert tried.code == 0, tried.err
    plan = await planned(people, tmp_path, "--output=json")
    assert plan.code == ExitCode.FINE, plan.out + plan.err
    report = json.loads(plan.out)
    assert {found["outcome"] for found in report["objects"]} == {"observed", "suspended"}
    assert [found for found in report["objects"] if found["entries"]] == []
    assert ADMIN_PASSWORD not in done.err + plan.out + plan.err


async def test_a_stream_is_planned_without_any_cluster(people: People) -> None:
    done = await exported(people)
    nowhere = {**login(people.tenant.world), "HOME": "/nonexistent"}

    plan = await asyncio.wait_for(
        run(
            people.kubectl,
            "harbor",
            "plan",
            "--filename=-",
            "--offline",
            variables=nowhere,
            said=done.out,
        ),
        60,
    )

    assert plan.code == ExitCode.FINE, plan.err
    assert "1 observed, 1 suspended" in plan.out
    assert "tenant rules were not checked" in plan.out


async def test_the_operator_sees_in_an_export_what_the_plan_saw(people: People) -> None:
    done = await exported(people, "--no-robots")
    (body,) = yaml.safe_load_all(done.out)
    name = body["metadata"]["name"]

    await people.tenant.world.cluster.create(people.tenant.path(PROJECTS), body)
    seen = await people.tenant.ready(PROJECTS, name)

    assert {entry["block"] for entry in status_of(seen, "plan")} == {"ownership"}
    await people.tenant.delete(PROJECTS, name)
    await people.tenant.gone(PROJECTS, name)


async def test_a_plan_is_what_the_operator_then_does(people: People, tmp_path: Path) -> None:
    done = await exported(people, "--no-robots", "--management-policy=Full")
    (body,) = yaml.safe_load_all(done.out)
    body["spec"] |= {"scanning": {"onPush": False}, "labels": [{"name": "tier-2"}]}
    name, file = body["metadata"]["name"], tmp_path / "project.yaml"
    file.write_text(yaml.safe_dump(body))

    before = await planned(people, file, "--output=json")
    markdown = await planned(people, file, "--output=markdown", "--exit-zero")
    await people.tenant.world.cluster.create(people.tenant.path(PROJECTS), body)
    await people.tenant.ready(PROJECTS, name)
    after = await planned(people, file)

    assert (before.code, markdown.code) == (ExitCode.NOT_SO, ExitCode.FINE)
    assert changes(before) == {
        ("Update", "ownership", people.tenant.harbor_name(HAND)),
        ("Update", "scanning", ""),
        ("Create", "labels", "tier-2"),
        ("Delete", "labels", "tier-1"),
    }
    assert "| `-` | `labels tier-1` | `color` | `#c0392b` | `-` |" in markdown.out
    assert (after.code, after.err) == (ExitCode.FINE, ""), after.out
    assert "1 as they should be" in after.out
    shown = await people.tenant.world.read_harbor(
        f"/labels?scope=p&project_id={people.tenant.in_harbor(HAND).project_id}"
    )
    assert {label["name"] for label in shown} == {"tier-2", "harbor-operator.dev/owner"}


def changes(done: Done) -> set[tuple[str, str, str]]:
    """What a plan would do."""
    entries: list[Any] = [e for found in json.loads(done.out)["objects"] for e in found["entries"]]
    return {(entry["action"], entry["block"], entry["target"]) for entry in entries}


async def test_a_refusal_of_the_tenant_rule_is_told_as_the_operator_tells_it(
    people: People, tmp_path: Path
) -> None:
    ref = {"name": people.tenant.world.connection}
    spec: Json = {"projectName": "not-ours", "connectionRef": ref}
    body = manifest(PROJECTS, "far", spec)
    body["metadata"]["namespace"] = people.tenant.namespace
    rules = manifest(
        CONNECTIONS, ref["name"], {**connection_spec("https://h.example"), **CONNECTION}
    )
    (tmp_path / "all.yaml").write_text(yaml.safe_dump_all([rules, body]))

    plan = await planned(people, tmp_path, "--output=json")
    await people.tenant.world.cluster.create(people.tenant.path(PROJECTS), body)
    seen = await people.tenant.ready(PROJECTS, "far", has_reason("NotAllowedNamespace"))
    await people.tenant.delete(PROJECTS, "far")
    await people.tenant.gone(PROJECTS, "far")

    (found,) = json.loads(plan.out)["objects"]
    ready = next(c for c in seen["status"]["conditions"] if c["type"] == ConditionType.READY)
    assert plan.code == ExitCode.NOT_SO
    assert found["obstacles"] == [{"reason": ready["reason"], "message": ready["message"]}]


async def test_an_invalid_manifest_is_told_with_its_place(people: People, tmp_path: Path) -> None:
    header = "apiVersion: harbor-operator.dev/v1alpha1\nkind: HarborProject\n"
    (tmp_path / "a.yaml").write_text(f"{header}metadata: {{name: web}}\nspec: {{colour: red}}\n")

    plan = await planned(people, tmp_path)

    assert (plan.code, plan.out) == (ExitCode.USAGE, "")
    where = f"{tmp_path}/a.yaml: HarborProject {people.tenant.namespace}/web"
    assert plan.err.splitlines() == [
        f"  {where}: spec.colour: there is no such field",
        "error: 1 problem in the manifests",
    ]


async def test_a_login_without_rights_is_told_so(people: People, tmp_path: Path) -> None:
    world = people.tenant.world
    body = manifest(PROJECTS, "by-hand", {"projectName": people.tenant.harbor_name(HAND)})
    (tmp_path / "project.yaml").write_text(yaml.safe_dump(body))
    bob = login(world, "bob", PASSWORD)

    plan = await people.harbor("plan", f"--filename={tmp_path}", variables=bob)
    export = await people.harbor("export", f"--project={world.connection}", variables=bob)
    wrong = await people.harbor(
        "plan", f"--filename={tmp_path}", variables=login(world, "bob", "Wrong-Password-1")
    )
    stored = await people.harbor("export", f"--connection={world.connection}")

    assert plan.code == ExitCode.NO_ACCESS
    assert "the login may not read it in Harbor" in plan.out
    assert export.code == ExitCode.NOT_FOUND
    assert "the login may not see it" in export.err
    assert (wrong.code, wrong.out) == (ExitCode.NO_ACCESS, "")
    assert wrong.err == "error: Harbor does not accept bob (of the variables)\n"
    assert stored.code == ExitCode.NO_ACCESS
    assert "you may not read ClusterHarborConnection" in stored.err
    assert [done.err.count("\n") for done in (export, wrong, stored)] == [1, 1, 1]
