"""Pulls that fail by the image's name, or by a policy of its project."""

import pytest

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from tests.support.image import EMPTY, MANIFEST, push_manifest, signature
from tests.support.pull_scene import Scene, proves

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCANNER = "http://trivy.test:8080"


async def waiting(scene: Scene, name: str, image: str) -> None:
    """A pod of the default ServiceAccount that cannot pull an image."""
    await scene.pod(name, image)
    await scene.fails(name)


async def restricted(scene: Scene, name: str, **restrictions: object) -> str:
    """An image of a project of its own that the project restricts, with a login; its name."""
    tenant = scene.tenant
    await tenant.project(name, pullRestrictions=restrictions)
    await tenant.ready(PROJECTS, name)
    await tenant.robot(name, name)
    await tenant.pull_secret(name, name, secretName=f"{name}-pull")
    await tenant.ready(PULL_SECRETS, name)
    image = scene.image(project=name)
    await scene.push(image)
    await scene.pod(name, image, f"{name}-pull", account="people")
    await scene.fails(name)
    return image


@proves("NoSuchProject")
async def test_a_project_that_does_not_exist_is_told_with_one_like_it(scene: Scene) -> None:
    await waiting(scene, "no-project", scene.image(project="wep"))

    told = await scene.why("pod/no-project", ask=True)

    assert told.causes == ["NoSuchProject"]
    assert f"Did you mean {scene.tenant.harbor_name('web')}" in told.sentence


@proves("NoSuchRepository")
async def test_a_repository_that_does_not_exist_is_told_with_one_like_it(scene: Scene) -> None:
    await waiting(scene, "no-repository", scene.image("apps:1"))

    unasked = await scene.why("pod/no-repository")
    asked = await scene.why("pod/no-repository", ask=True)

    assert unasked.causes == asked.causes == ["NoSuchRepository"]
    assert asked.sentence.endswith("has no repository apps. Did you mean app?")


@proves("NoSuchTag", "NotFound", "PullsNow")
async def test_a_tag_that_does_not_exist_is_told_until_it_is_pushed(scene: Scene) -> None:
    await scene.push(scene.image("app:1.2"))
    await waiting(scene, "no-tag", scene.image("app:1.3"))

    untried = await scene.why("pod/no-tag", "--no-try")
    unasked = await scene.why("pod/no-tag")
    asked = await scene.why("pod/no-tag", ask=True)
    await scene.push(scene.image("app:1.3"))
    then = await scene.why("pod/no-tag")

    assert untried.causes == ["NotFound"]
    assert unasked.causes == asked.causes == ["NoSuchTag"]
    assert "Did you mean 1.2" in unasked.sentence
    assert then.causes == ["PullsNow"]
    await scene.pulls("no-tag")


@proves("BlockedBySeverity", "BlockedByPolicy")
async def test_vulnerabilities_that_block_are_told_by_name(scene: Scene) -> None:
    await scene.world.control_harbor("POST", "/scanners", {"name": "Trivy", "url": SCANNER})
    image = await restricted(scene, "guarded", blockSeverity="High")
    unscanned = await scene.why("pod/guarded", ask=True)
    flaws = [
        {"id": "CVE-2030-1", "package": "libz", "version": "1", "severity": "Critical"},
        {
            "id": "CVE-2030-2",
            "package": "curl",
            "version": "7",
            "severity": "High",
            "fix_version": "8",
        },
        {"id": "CVE-2030-3", "package": "curl", "version": "7", "severity": "Low"},
    ]
    await scene.scan(image, flaws)

    untried = await scene.why("pod/guarded", "--no-try")
    asked = await scene.why("pod/guarded", ask=True)
    await scene.tenant.change(
        PROJECTS, "guarded", pullRestrictions={"allowedCVEs": {"ids": ["CVE-2030-1", "CVE-2030-2"]}}
    )
    await scene.tenant.ready(PROJECTS, "guarded")

    assert unscanned.causes == ["BlockedBySeverity"]
    assert "never scanned" in unscanned.sentence
    assert untried.causes == ["BlockedByPolicy"]
    assert asked.causes == ["BlockedBySeverity"]
    told = "CVE-2030-1 (Critical, no fix), CVE-2030-2 (High, fixed in 8)."
    assert asked.sentence.endswith(told)
    await scene.pulls("guarded")


@proves("BlockedBySignature")
async def test_an_image_without_signature_is_told_until_it_has_one(scene: Scene) -> None:
    image = await restricted(scene, "signed", requireCosignSignature=True)

    told = await scene.why("pod/signed", ask=True)
    path = image.partition("/")[2].rpartition(":")[0]
    await push_manifest(scene.admin, path, "", signature(MANIFEST), EMPTY)

    assert told.causes == ["BlockedBySignature"]
    assert told.sentence.endswith(
        "The project wants a signature of cosign; attached to the image: nothing."
    )
    await scene.pulls("signed")
