"""`kubectl harbor adopt`: an existing project comes under management, and nothing else happens."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from harbor_operator.api.project import PROJECTS
from harbor_operator.cli.failures import ExitCode
from testbed.tools.build import find_kubectl
from tests.support.cluster import status_of
from tests.support.people import Done, People
from tests.support.system_world import ADMIN_PASSWORD, SystemWorld
from tests.support.tenant import tenant_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONNECTION = {"tenants": [{"namespaces": {"names": ["*"]}, "mayAdopt": True}]}
OLD = timedelta(hours=1)
TIMEOUT = "--timeout=30s"


@pytest_asyncio.fixture(loop_scope="module")
async def people(world: SystemWorld) -> AsyncIterator[People]:
    """People of a team, of whose projects one was made by hand long ago."""
    async with tenant_of(world, "taker") as tenant:
        kubeconfig = await world.plane.kubeconfig_for_service_account(tenant.namespace, "people")
        yield People(tenant, await find_kubectl(), kubeconfig)


async def make_by_hand(people: People, name: str) -> str:
    """Somebody has made a project in Harbor; its name there."""
    tenant = people.tenant
    named = tenant.harbor_name(name)
    body = {"project_name": named, "metadata": {"auto_scan": "true"}}
    assert await tenant.world.ask_harbor("POST", "/projects", body) == 201
    tenant.in_harbor(name).created -= OLD
    return named


async def adopt(people: People, *words: str) -> Done:
    """Run the installed plugin as the team, with an administrator's login for Harbor."""
    login = {
        "HARBOR_URL": people.tenant.world.harbor.url,
        "HARBOR_USERNAME": "admin",
        "HARBOR_PASSWORD": ADMIN_PASSWORD,
    }
    reference = f"--connection-ref={people.tenant.world.connection}"
    return await people.harbor("adopt", reference, TIMEOUT, *words, variables=login)


def writes(people: People) -> int:
    """How often Harbor's API was written to, logins aside."""
    counts = people.tenant.world.harbor.requests.counts
    return sum(
        count
        for kind, count in counts.items()
        if kind.method not in {"GET", "HEAD"} and kind.template.startswith("/api")
    )


async def test_a_project_is_observed_first_and_taken_over_when_confirmed(people: People) -> None:
    named = await make_by_hand(people, "legacy")
    before = writes(people)

    looked = await adopt(people, "--project", named)
    between = writes(people)
    mark = people.tenant.mark_of("legacy")
    taken = await adopt(people, "--project", named, "--confirm", "-o", "json")

    assert (looked.code, looked.err) == (ExitCode.FINE, "")
    assert "Planned" in looked.out
    assert "Update   ownership" in looked.out
    assert "Delete" not in looked.out
    assert between == before
    assert mark is None
    assert (taken.code, taken.err) == (ExitCode.FINE, "")
    [told] = json.loads(taken.out)["adoptions"]
    assert told["state"] == "Managed"
    assert (people.tenant.mark_of("legacy") or "").endswith("/adopted")
    body = await people.tenant.ready(PROJECTS, named)
    assert body["spec"]["scanning"] == {"onPush": True}
    assert status_of(body, "ownership")["state"] == "Adopted"


async def test_manifests_are_printed_and_nothing_is_created(people: People) -> None:
    named = await make_by_hand(people, "printed")

    done = await adopt(people, "--project", named, "--dry-run")

    assert done.code == ExitCode.FINE
    assert "HarborProjects of other namespaces may not be listed" in done.err
    assert "managementPolicy: Observe" in done.out
    assert "adoptionPolicy" not in done.out
    assert await people.tenant.world.cluster.find(people.tenant.path(PROJECTS, named)) is None


async def test_a_project_of_somebody_else_is_refused(people: People) -> None:
    named = await make_by_hand(people, "theirs")
    project = people.tenant.in_harbor("theirs").project_id
    label = {
        "name": "harbor-operator.dev/owner",
        "description": "other-cluster/search/theirs/uid",
        "color": "#FFFFFF",
        "scope": "p",
        "project_id": project,
    }
    assert await people.tenant.world.ask_harbor("POST", "/labels", label) == 201

    done = await adopt(people, "--project", named, "--confirm")

    assert done.code == ExitCode.NOT_SO
    assert "belongs to HarborProject search/theirs of cluster other-cluster" in done.out
    assert await people.tenant.world.cluster.find(people.tenant.path(PROJECTS, named)) is None
