"""A real Helm keeps charts in the simulated Harbor."""

import re
from pathlib import Path

import pytest

from tests.support.cosign import Cosign
from tests.support.helm import Helm
from tests.support.simulated_harbor import SimulatedHarbor

CHART = {
    "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.2.3\n",
    "values.yaml": "replicas: 2\n",
    "README.md": "# shop\n",
}


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """The folder of a small chart."""
    folder = tmp_path / "shop"
    folder.mkdir()
    for name, text in CHART.items():
        (folder / name).write_text(text)
    return folder


async def test_a_chart_is_pushed_shown_and_pulled(
    harbor: SimulatedHarbor, helm: Helm, chart: Path, tmp_path: Path
) -> None:
    robot = await harbor.create_robot("team", "ci", actions=("pull", "push"))
    registry = harbor.simulator.core.registry_host
    login = ("--username", robot.name, "--password", robot.password)
    await helm("package", str(chart), "--destination", str(tmp_path))

    await helm("registry", "login", registry, "--plain-http", *login)
    await helm("push", str(tmp_path / "shop-1.2.3.tgz"), f"oci://{registry}/team", "--plain-http")
    pulled = tmp_path / "pulled"
    source = f"oci://{registry}/team/shop"
    destination = ("--destination", str(pulled), "--untar")
    await helm("pull", source, "--version", "1.2.3", "--plain-http", *destination)

    path = "/api/v2.0/projects/team/repositories/shop/artifacts/1.2.3"
    artifact = (await harbor.admin("GET", path)).body
    values = await harbor.admin("GET", f"{path}/additions/values.yaml")
    assert isinstance(artifact, dict)
    assert (artifact["type"], artifact["extra_attrs"]["name"]) == ("CHART", "shop")
    assert values.text == CHART["values.yaml"]
    assert (pulled / "shop" / "README.md").read_text() == CHART["README.md"]


async def test_a_chart_gets_its_tag_once_it_is_signed_where_signatures_are_demanded(
    harbor: SimulatedHarbor, helm: Helm, cosign: Cosign, chart: Path, tmp_path: Path
) -> None:
    demanded = {"metadata": {"enable_content_trust_cosign": "true"}}
    await harbor.admin("PUT", "/api/v2.0/projects/team", demanded)
    robot = await harbor.create_robot("team", "ci", actions=("pull", "push"))
    registry = harbor.simulator.core.registry_host
    login = ("--username", robot.name, "--password", robot.password)
    cosign.log_in(registry, robot.name, robot.password)
    await cosign.make_keys()
    await helm("package", str(chart), "--destination", str(tmp_path))
    await helm("registry", "login", registry, "--plain-http", *login)
    push = ("push", str(tmp_path / "shop-1.2.3.tgz"), f"oci://{registry}/team", "--plain-http")

    with pytest.raises(AssertionError, match=r"412: .*not signed by cosign") as refused:
        await helm(*push)
    [digest] = re.findall(r"/team/shop/manifests/(sha256:\w+)", str(refused.value))
    await cosign.sign(f"{registry}/team/shop@{digest}")

    await helm(*push)

    tagged = await harbor.admin("GET", "/api/v2.0/projects/team/repositories/shop/artifacts/1.2.3")
    assert tagged.field("digest") == digest
