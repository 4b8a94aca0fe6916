"""Real programs sign images, verify them, and are refused those that nobody has signed."""

from dataclasses import dataclass
from typing import Any

import pytest

from testbed.endtoend.crane import Crane, CraneError, docker_config
from tests.support.api_caller import ApiCaller
from tests.support.cosign import Cosign
from tests.support.simulated_harbor import SimulatedHarbor

API = "/api/v2.0/projects"
FORMATS = [pytest.param(True, id="bundle"), pytest.param(False, id="tag")]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Somebody who pushes to a project that gives out signed images only."""

    harbor: SimulatedHarbor
    crane: Crane
    cosign: Cosign
    login: str
    """The content of a `config.json` of docker."""

    @property
    def registry(self) -> str:
        """Host and port, as they stand in names of images."""
        return self.harbor.simulator.core.registry_host

    async def push(self) -> str:
        """Push an image and tell its name with its digest."""
        await self.crane.push(f"{self.registry}/team/app:1", self.login)
        artifact = await self.artifact("team", "1")
        return f"{self.registry}/team/app@{artifact['digest']}"

    async def artifact(self, project: str, reference: str) -> dict[str, Any]:
        """The image with what is about it, as Harbor's API shows it."""
        path = f"{API}/{project}/repositories/app/artifacts/{reference}?with_accessory=true"
        body = (await self.harbor.admin("GET", path)).body
        assert isinstance(body, dict)
        return body


async def robot_of(harbor: SimulatedHarbor, *projects: str) -> ApiCaller:
    """A robot that pushes to and pulls from projects."""
    access = [{"resource": "repository", "action": action} for action in ("pull", "push")]
    permissions = [
        {"kind": "project", "namespace": project, "access": access} for project in projects
    ]
    body = {"name": "ci", "level": "system", "duration": -1, "permissions": permissions}
    made = await harbor.admin("POST", "/api/v2.0/robots", body)
    return harbor.anonymous.signed_in(made.field("name"), made.field("secret"))


@pytest.fixture
async def pipeline(harbor: SimulatedHarbor, crane: Crane, cosign: Cosign) -> Pipeline:
    for project in ("team", "prod"):
        demanded = {"metadata": {"enable_content_trust_cosign": "true"}}
        await harbor.admin("PUT", f"{API}/{project}", demanded)
    robot = await robot_of(harbor, "team", "prod")
    registry = harbor.simulator.core.registry_host
    cosign.log_in(registry, robot.name, robot.password)
    await cosign.make_keys()
    login = docker_config(registry, robot.name, robot.password)
    return Pipeline(harbor, crane, cosign, login)


async def test_an_image_that_nobody_has_signed_is_not_pulled(pipeline: Pipeline) -> None:
    image = await pipeline.push()

    with pytest.raises(CraneError, match=r"The image is not signed by cosign\."):
        await pipeline.crane.pull(image, pipeline.login)


@pytest.mark.parametrize("bundle", FORMATS)
async def test_an_image_that_cosign_has_signed_is_verified_and_pulled(
    pipeline: Pipeline, *, bundle: bool
) -> None:
    image = await pipeline.push()

    await pipeline.cosign.sign(image, bundle=bundle)

    [accessory] = (await pipeline.artifact("team", "1"))["accessories"]
    verified = await pipeline.cosign.verify(image, bundle=bundle)
    await pipeline.crane.pull(image, pipeline.login)
    assert accessory["type"] == "signature.cosign"
    assert accessory["subject_artifact_digest"] == image.partition("@")[2]
    assert "signatures were verified against the specified public key" in verified


@pytest.mark.parametrize("bundle", FORMATS)
async def test_a_copy_brings_the_signature_along(pipeline: Pipeline, *, bundle: bool) -> None:
    image = await pipeline.push()
    await pipeline.cosign.sign(image, bundle=bundle)
    digest = image.partition("@")[2]

    path = f"{API}/prod/repositories/app/artifacts?from=team/app@{digest}"
    copied = await pipeline.harbor.admin("POST", path)

    copy = f"{pipeline.registry}/prod/app@{digest}"
    await pipeline.cosign.verify(copy, bundle=bundle)
    await pipeline.crane.pull(copy, pipeline.login)
    assert copied.status == 201
    assert len((await pipeline.artifact("prod", digest))["accessories"]) == 1


async def test_what_another_key_has_signed_opens_the_image_but_is_not_verified(
    pipeline: Pipeline,
) -> None:
    image = await pipeline.push()
    await pipeline.cosign.sign(image)
    for name in ("cosign.key", "cosign.pub"):
        (pipeline.cosign.home / name).unlink()
    await pipeline.cosign.make_keys()

    await pipeline.crane.pull(image, pipeline.login)

    with pytest.raises(AssertionError, match=r"no (matching )?signatures|failed to verify"):
        await pipeline.cosign.verify(image)
