"""From the last release to this one and back, with live objects, and the end as documented."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from testbed.control_plane import OPERATOR, ControlPlane
from testbed.control_plane.users import User
from testbed.harbor import HarborSimulator
from testbed.tools.build import find_kubectl
from tests.support.helm import IMAGE, NAMESPACE, RELEASE, Helm
from tests.support.kubectl import Kubectl
from tests.support.release_life import IN_NAMESPACE, ReleaseLife, Sight
from tests.support.releases import NEXT, package_next, released
from tests.support.small_team import ADMIN_PASSWORD, DELIVERED, SmallTeam, names

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

LAST, LAST_CHART = list(released().items())[-1]
LATE = "payments-late"
"""A namespace that appears after the upgrade."""


@pytest.fixture(scope="module")
def plane() -> Iterator[ControlPlane]:
    """A control plane without anything of the operator."""
    plane = ControlPlane(audit=True, users=(User(OPERATOR),))
    asyncio.run(plane.start())
    yield plane
    asyncio.run(plane.stop())


@dataclass(frozen=True, slots=True)
class Course:
    """What was seen of one release from its installation to its end."""

    images: list[str]
    """What the Deployment asked for after each step."""
    installed: Sight
    upgraded: Sight
    rolled_back: Sight
    written: dict[str, list[str]]
    """What operators wrote during each step."""
    delivered: set[str]
    """Pull secrets after a namespace more."""
    ended: Sight
    left: set[str]
    kept: list[str]
    """Definitions after the end."""
    disposed: list[str]
    """Definitions after the end of a release that does not keep them."""
    projects: set[str]
    output: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def course(
    plane: ControlPlane, helm: Helm, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Course]:
    """Install the last release, upgrade, roll back, upgrade again, and take all down."""
    folder = tmp_path_factory.mktemp("life")
    kubectl = Kubectl(await find_kubectl(), plane.kubeconfig, folder / "kubectl")
    own_helm = Helm(helm.program, folder / "helm", plane.kubeconfig)
    async with HarborSimulator(admin_password=ADMIN_PASSWORD) as harbor:
        life = ReleaseLife(plane, own_helm, harbor, SmallTeam(kubectl), folder)
        try:
            yield await run_through(life, await package_next(own_helm, folder))
        finally:
            await life.stop_operator()


async def run_through(life: ReleaseLife, chart: Path) -> Course:
    """Take the release through its life, and the last release's Deployment back in between."""
    kubectl, team = life.team.kubectl, life.team
    # Today's operator runs in the last release's place: it may need more than that one granted.
    anybody = life.plane.kubeconfig_for(OPERATOR)
    allowed = ("clusterrolebinding", "anybody", "--clusterrole=cluster-admin", f"--user={OPERATOR}")
    await kubectl("create", *allowed)
    await kubectl("create", "namespace", NAMESPACE)
    images, written = [], {}

    await life.release("install", LAST_CHART)
    await kubectl("wait", "--for=condition=Established", "customresourcedefinitions", "--all")
    await team.move_in(life.harbor)
    await life.replace_operator(anybody)
    await team.settled()
    written["restart"] = await life.replace_operator(anybody)
    installed, images = await life.look(), [await life.image()]

    await life.release("upgrade", chart)
    written["upgrade"] = await life.replace_operator(await life.account())
    upgraded, images = await life.look(), [*images, await life.image()]

    await life.helm("rollback", RELEASE, "1", IN_NAMESPACE)
    written["rollback"] = await life.replace_operator(anybody)
    rolled_back, images = await life.look(), [*images, await life.image()]

    await life.release("upgrade", chart)
    written["second upgrade"] = await life.replace_operator(await life.account())
    await kubectl("create", "namespace", LATE)
    await kubectl("label", "namespace", LATE, "example.com/team=payments")
    place = ("secret/payments-images", f"--namespace={LATE}")
    await kubectl("wait", "--for=create", *place, "--timeout=30s")
    delivered = {
        name for name in names(await team.secrets()) if name.endswith(("-images", "-pull"))
    }

    await team.move_out()
    await life.helm("uninstall", RELEASE, IN_NAMESPACE, "--wait")
    output = "".join(path.read_text() for path in life.folder.rglob("operator-*/operator-*"))
    await life.stop_operator()
    ended, left, kept = await life.look(), await life.left(), await life.definitions()
    await life.release("install", chart, crds={"keep": False})
    await life.helm("uninstall", RELEASE, IN_NAMESPACE, "--wait")
    return Course(
        images=images,
        installed=installed,
        upgraded=upgraded,
        rolled_back=rolled_back,
        written=written,
        delivered=delivered,
        ended=ended,
        left=left,
        kept=kept,
        disposed=await life.definitions(),
        projects={project.name for project in life.harbor.state.projects.values()},
        output=output,
    )


async def test_the_steps_run_another_operator(course: Course) -> None:
    repository = IMAGE["repository"]

    assert course.images == [f"{repository}:{tag}" for tag in (LAST, NEXT, LAST)]


async def test_a_team_lives_on_the_last_release(course: Course) -> None:
    assert course.installed.secrets.keys() >= DELIVERED
    assert len(course.installed.objects) == 5
    assert len(course.installed.accounts) == 3
    assert len(course.installed.robots) == 1
    assert course.installed.changes["POST /api/v2.0/robots"] == 1


async def test_an_upgrade_changes_no_object_and_no_credential(course: Course) -> None:
    assert course.upgraded == course.installed


async def test_a_rollback_changes_no_object_and_no_credential(course: Course) -> None:
    assert course.rolled_back == course.installed


async def test_no_step_has_the_operator_write_anything(course: Course) -> None:
    steps = ("restart", "upgrade", "rollback", "second upgrade")

    assert course.written == {step: [] for step in steps}


async def test_the_upgraded_operator_works(course: Course) -> None:
    assert course.delivered >= {*DELIVERED, f"{LATE}/payments-images"}


async def test_taking_all_down_as_documented_leaves_nothing_but_the_definitions(
    course: Course,
) -> None:
    assert course.left == set()
    assert course.ended.objects == {}
    assert course.ended.secrets == {}
    assert course.ended.accounts == {}
    assert course.ended.robots == {}
    assert len(course.kept) == 4


async def test_a_release_that_keeps_nothing_takes_the_definitions_with_it(course: Course) -> None:
    assert course.disposed == []


async def test_projects_stay_in_harbor_as_they_ask(course: Course) -> None:
    assert course.projects == {"library", "payments"}


async def test_no_password_is_logged(course: Course) -> None:
    assert course.output
    assert ADMIN_PASSWORD not in course.output


async def test_releases_are_kept_by_their_version() -> None:
    charts = released()

    assert charts
    assert [version for version, chart in charts.items() if not chart.is_file()] == []
