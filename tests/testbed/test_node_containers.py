"""Operators are processes that are begun anew; others run when their image can be pulled."""

import base64
from collections.abc import Mapping
from pathlib import Path

import pytest

from testbed.endtoend.crane import Crane
from testbed.node.images import ImageContainer, Puller
from testbed.node.operator import OperatorContainer
from testbed.node.status import Container, Json, Running, Waiting
from testbed.tools.waiting import until

NOW = "2026-03-01T12:00:00Z"
REGISTRY = "127.0.0.1:4711"
GOOD, BAD = '{"auths": {"a": {"auth": "good"}}}', '{"auths": {}}'
CRANE = """\
#!/bin/sh
grep -q good "$DOCKER_CONFIG/config.json" && exit 0
echo "UNAUTHORIZED: go away" >&2
exit 1
"""


class Secrets:
    """The Secrets of a namespace."""

    def __init__(self) -> None:
        self.held: dict[str, Mapping[str, str]] = {}

    async def find(self, path: str) -> Json | None:
        data = self.held.get(path.removeprefix("/api/v1/namespaces/payments/secrets/"))
        if data is None:
            return None
        return {"data": {key: base64.b64encode(v.encode()).decode() for key, v in data.items()}}


@pytest.fixture
def crane(tmp_path: Path) -> Crane:
    """A client of a registry that takes one login."""
    program = tmp_path / "crane"
    program.write_text(CRANE)
    program.chmod(0o755)
    return Crane(program, plain_http=True, ca_file=None)


def pod_of(image: str, *pull_secrets: str) -> Json:
    """A pod of one container."""
    return {
        "metadata": {"name": "web", "namespace": "payments"},
        "spec": {
            "containers": [{"name": "app", "image": image}],
            "imagePullSecrets": [{"name": name} for name in pull_secrets],
        },
    }


def container(pod: Json, secrets: Secrets, crane: Crane) -> ImageContainer:
    [only] = pod["spec"]["containers"]
    return ImageContainer(pod, only, secrets, Puller(crane, REGISTRY, retry_seconds=0))


async def test_an_image_is_pulled_by_any_login_of_the_pod(crane: Crane) -> None:
    secrets = Secrets()
    secrets.held = {"bad": {".dockerconfigjson": BAD}, "good": {".dockerconfigjson": GOOD}}

    looked = await container(
        pod_of(f"{REGISTRY}/a:1", "missing", "bad", "good"), secrets, crane
    ).look(NOW)

    assert looked == Running(ready=True, since=NOW)


async def test_a_refused_image_is_tried_again(crane: Crane) -> None:
    secrets = Secrets()
    refused = container(pod_of(f"{REGISTRY}/a:1", "late"), secrets, crane)

    first = await refused.look(NOW)
    secrets.held["late"] = {".dockerconfigjson": GOOD}
    second = await refused.look(NOW)

    message = f'Back-off pulling image "{REGISTRY}/a:1": ErrImagePull: UNAUTHORIZED: go away'
    assert first == Waiting("ImagePullBackOff", message)
    assert second == Running(ready=True, since=NOW)


async def test_an_image_of_nowhere_is_taken_as_there(crane: Crane) -> None:
    assert await container(pod_of("nginx"), Secrets(), crane).look(NOW) == Running(
        ready=True, since=NOW
    )


async def test_an_operator_that_ends_is_begun_anew_and_its_log_kept(tmp_path: Path) -> None:
    container: Json = {"env": [{"name": "HARBOR_OPERATOR_WORKERS", "value": "none"}]}
    operator = OperatorContainer(
        {"metadata": {"name": "one"}}, container, tmp_path / "no.kubeconfig", tmp_path
    )
    assert operator.log(previous=False) is None

    ended = await until_waiting(operator)
    begun = await operator.look(NOW)
    await operator.stop()

    assert ended == Waiting("CrashLoopBackOff", "ended with exit code 2", 1)
    assert begun == Running(ready=False, since=NOW, restarts=1)
    previous = operator.log(previous=True)
    assert previous is not None
    assert "workers" in previous.read_text().lower()


async def until_waiting(operator: OperatorContainer) -> Container:
    """Look at it until it has ended."""
    seen: list[Container] = []

    async def has_ended() -> bool:
        seen.append(await operator.look(NOW))
        return isinstance(seen[-1], Waiting)

    await until(has_ended, within=60)
    return seen[-1]
