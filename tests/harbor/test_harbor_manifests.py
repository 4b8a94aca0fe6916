"""Against the simulator: an image's manifest, asked for as a node asks before it pulls."""

import pytest
from pydantic import SecretStr

from harbor_operator.harbor import CreatedRobot, Credentials, HarborClient
from harbor_operator.harbor.errors import (
    AuthenticationFailed,
    HarborError,
    InvalidRequest,
    NotFound,
    PreconditionFailed,
    Unreachable,
)
from testbed.harbor import HarborSimulator
from testbed.harbor.artifact_state import Artifact, Repository, Tag

DIGEST = f"sha256:{'a' * 64}"
OCI = "application/vnd.oci.image.manifest.v1+json"
REPOSITORY = "ship/tools/app"


@pytest.fixture
def image(harbor: HarborSimulator, ship: int) -> Artifact:
    now = harbor.clock.now()
    artifact = Artifact(1, DIGEST, OCI, "", 1, {}, now, {"v1": Tag(1, "v1", now)})
    repository = Repository(1, ship, REPOSITORY, now, now, {DIGEST: artifact})
    harbor.state.repositories[1] = repository
    return artifact


def login_of(robot: CreatedRobot) -> Credentials:
    return Credentials(robot.name, robot.secret)


@pytest.mark.parametrize("reference", ["v1", DIGEST], ids=["tag", "digest"])
@pytest.mark.usefixtures("image")
async def test_a_robot_that_may_pull_gets_the_manifest(
    harbor: HarborSimulator, admin: HarborClient, puller: CreatedRobot, reference: str
) -> None:
    harbor.requests.reset()

    await admin.registry.find_manifest(login_of(puller), REPOSITORY, reference)

    assert harbor.requests.count("HEAD", "/v2/{name}/manifests/{reference}") == 1
    assert harbor.requests.counts.total() == 2
    assert harbor.state.repositories[1].pulls == []


REFUSALS: list[object] = [
    pytest.param(REPOSITORY, "v2", NotFound, id="no such tag"),
    pytest.param("ship/other", "v1", NotFound, id="no such repository"),
    pytest.param("library/app", "v1", NotFound, id="a public project without the repository"),
    pytest.param("elsewhere/app", "v1", AuthenticationFailed, id="no such project"),
    pytest.param("../etc/app", "v1", InvalidRequest, id="a path that is no repository"),
    pytest.param(REPOSITORY, "v1/../x", InvalidRequest, id="a reference that is none"),
]


@pytest.mark.parametrize(("repository", "reference", "refusal"), REFUSALS)
@pytest.mark.usefixtures("image")
async def test_what_cannot_be_pulled_is_told(
    admin: HarborClient,
    puller: CreatedRobot,
    repository: str,
    reference: str,
    refusal: type[HarborError],
) -> None:
    with pytest.raises(refusal):
        await admin.registry.find_manifest(login_of(puller), repository, reference)


@pytest.mark.usefixtures("image")
async def test_a_wrong_password_gets_no_manifest(admin: HarborClient, puller: CreatedRobot) -> None:
    wrong = Credentials(puller.name, SecretStr("wrong"))

    with pytest.raises(AuthenticationFailed):
        await admin.registry.find_manifest(wrong, REPOSITORY, "v1")


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        pytest.param(412, PreconditionFailed, id="an image that the project does not serve"),
        pytest.param(401, AuthenticationFailed, id="a robot without the right"),
    ],
)
@pytest.mark.usefixtures("image")
async def test_a_refusal_by_the_registry_is_told(
    harbor: HarborSimulator,
    admin: HarborClient,
    puller: CreatedRobot,
    status: int,
    refusal: type[HarborError],
) -> None:
    harbor.faults.add_status(status, "HEAD", "/v2/*")

    with pytest.raises(refusal):
        await admin.registry.find_manifest(login_of(puller), REPOSITORY, "v1")


async def test_a_registry_that_is_away_is_no_refusal(
    harbor: HarborSimulator, admin: HarborClient, puller: CreatedRobot
) -> None:
    harbor.faults.down = True

    with pytest.raises(Unreachable):
        await admin.registry.find_manifest(login_of(puller), REPOSITORY, "v1")
