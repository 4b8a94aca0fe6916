"""What `why` reads of a cluster, and how it answers."""

import base64
import dataclasses
import json
from typing import Any

import pytest
import yaml
from typing_extensions import override

from harbor_operator.cli import access as cluster_access
from harbor_operator.cli.__main__ import main
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.images import read_image
from harbor_operator.cli.kinds import PULL_SECRET, ROBOT
from harbor_operator.cli.printing import Paper, dump
from harbor_operator.cli.why.arguments import WhyOptions
from harbor_operator.cli.why.command import run
from harbor_operator.cli.why.explaining import Answer, explain, tell
from harbor_operator.cli.why.gathering import gather, gather_image
from harbor_operator.cli.why.reader import EVENTS, selector_text
from harbor_operator.cli.why.targets import (
    DEPLOYMENTS,
    NAMESPACES,
    PODS,
    Workload,
    read_target,
)
from harbor_operator.kube.configuration import ClusterAccess
from harbor_operator.kube.errors import Forbidden, NotFound, Operation
from harbor_operator.kube.resources import SECRETS, SERVICE_ACCOUNTS, ObjectKey
from tests.support.custom_resources import Json
from tests.support.fake_cluster import FakeCluster, Request
from tests.support.plugin import NOW, an_object, condition_of, stamp

IMAGE = "harbor.example/payments/web:1.2"
PASSWORD = "Canary-Password"
SERVER_SAID = f"401 Unauthorized https://harbor.example/service/token?t={PASSWORD}"
FORBIDDEN = Forbidden(Operation("get"), "you may not", reason="Forbidden", status=403)
DEPLOY = Workload(DEPLOYMENTS, "web")


def pod(
    name: str, *, waits: str | None = "ImagePullBackOff", named: tuple[str, ...] = ("pull",)
) -> Json:
    state: Json = {"running": {}}
    if waits:
        state = {"waiting": {"reason": waits, "message": f'Back-off pulling image "{IMAGE}"'}}
    spec: Json = {"containers": [{"name": "app", "image": IMAGE}], "serviceAccountName": "default"}
    return {
        "metadata": {
            "name": name,
            "namespace": "payments",
            "uid": f"uid-of-{name}",
            "labels": {"app": "web"},
        },
        "spec": spec | {"imagePullSecrets": [{"name": name} for name in named]},
        "status": {"containerStatuses": [{"name": "app", "state": state}]},
    }


def event(name: str, message: str, last: str) -> Json:
    return {
        "metadata": {"name": f"{name}.{last}", "namespace": "payments"},
        "involvedObject": {"uid": f"uid-of-{name}"},
        "reason": "Failed",
        "message": message,
        "lastTimestamp": last,
    }


@pytest.fixture
def cluster() -> FakeCluster:
    made = FakeCluster()
    entry = {"username": "robot$payments+ci", "password": PASSWORD}
    document = json.dumps({"auths": {"harbor.example": entry}}).encode()
    made.put(
        SECRETS,
        {
            "metadata": {"name": "pull", "namespace": "payments"},
            "type": "kubernetes.io/dockerconfigjson",
            "data": {".dockerconfigjson": base64.b64encode(document).decode()},
        },
    )
    made.put(
        SERVICE_ACCOUNTS,
        {
            "metadata": {"name": "default", "namespace": "payments"},
            "imagePullSecrets": [{"name": "pull"}],
        },
    )
    made.put(
        DEPLOYMENTS,
        {
            "metadata": {"name": "web", "namespace": "payments"},
            "spec": {"selector": {"matchLabels": {"app": "web"}}},
        },
    )
    made.put(ROBOT.resource, an_object(ROBOT, "ci", username="robot$payments+ci"))
    made.put(PULL_SECRET.resource, an_object(PULL_SECRET, "pull"))
    return made


def disabled_robot() -> Json:
    body = an_object(ROBOT, "ci", username="robot$payments+ci")
    return {**body, "spec": {"disabled": True}}


async def answer_about(cluster: FakeCluster, workload: Workload) -> Answer:
    return explain(await gather(cluster, workload, "payments", NOW))


def causes(answer: Answer) -> list[str]:
    return [finding.cause for pull in answer.failed for finding in pull.causes]


async def test_pods_that_pull_need_no_more_than_a_look(cluster: FakeCluster) -> None:
    cluster.put(PODS, pod("web-1", waits=None))

    answer = await answer_about(cluster, DEPLOY)

    assert answer.failed == ()
    assert [request.plural for request in cluster.requests] == ["deployments", "pods"]
    assert tell(answer, Paper()) == "deploy/web: no container waits for its image\n"


async def test_pods_that_fail_alike_are_told_of_once(cluster: FakeCluster) -> None:
    for name in ("web-1", "web-2"):
        cluster.put(PODS, pod(name, named=()))
    cluster.put(PODS, pod("web-3", waits=None))

    answer = await answer_about(cluster, DEPLOY)

    assert answer.pods == 3
    assert [pull.pods for pull in answer.failed] == [("web-1", "web-2")]
    assert causes(answer) == ["CreatedTooEarly"]


async def test_the_newest_event_of_the_image_tells(cluster: FakeCluster) -> None:
    cluster.put(PODS, pod("web-1"))
    said = f'Failed to pull image "{IMAGE}": '
    cluster.put(EVENTS, event("web-1", f"{said}413 Request Entity Too Large", stamp()))
    cluster.put(EVENTS, event("web-1", f"{said}i/o timeout", "2026-03-01T11:00:00Z"))
    cluster.put(EVENTS, event("web-2", f"{said}manifest unknown", "2026-03-01T13:00:00Z"))
    cluster.put(EVENTS, event("web-1", 'Failed to pull image "x": no such host', "2026-03-02"))

    assert causes(await answer_about(cluster, Workload(PODS, "web-1"))) == ["TooLarge"]


async def test_robots_of_other_namespaces_are_seen_where_that_is_allowed(
    cluster: FakeCluster,
) -> None:
    unready = condition_of("Ready", "False", "PermissionDenied")
    cluster.remove(ROBOT.resource, "ci", "payments")
    cluster.put(
        ROBOT.resource,
        an_object(ROBOT, "ci", unready, namespace="team", username="robot$payments+ci"),
    )
    cluster.put(PODS, pod("web-1"))

    assert causes(await answer_about(cluster, DEPLOY)) == ["RobotNotReady"]


async def test_what_may_not_be_read_becomes_a_note(cluster: FakeCluster) -> None:
    cluster.put(PODS, pod("web-1"))
    cluster.fail_on("get", None, FORBIDDEN, FORBIDDEN)
    cluster.fail_on("list", None, *[FORBIDDEN] * 5)

    answer = await answer_about(cluster, DEPLOY)

    assert causes(answer) == []
    assert [note.partition(" ")[0] for note in answer.notes][:2] == ["ServiceAccount", "Secret"]
    assert {note.partition(" ")[0] for note in answer.notes[2:]} == {
        "events",
        "harborrobots",
        "harborpullsecrets",
    }
    told = tell(answer, Paper())
    assert "No cause found in pods." in told
    assert "note: Secret pull is left out: you may not get it" in told


async def test_no_password_and_no_token_is_printed(cluster: FakeCluster) -> None:
    cluster.put(PODS, pod("web-1"))
    cluster.put(EVENTS, event("web-1", f'Failed to pull image "{IMAGE}": {SERVER_SAID}', stamp()))
    case = await gather(cluster, DEPLOY, "payments", NOW)
    answer = explain(case)

    printed = [tell(answer, Paper(coloured=True))]
    printed += [dump(dataclasses.asdict(answer), form) for form in ("json", "yaml")]

    assert causes(answer) == ["Unauthorized"]
    for text in printed:
        assert "harbor.example" in text
        assert PASSWORD not in text
        assert base64.b64encode(PASSWORD.encode()).decode() not in text


async def test_what_others_wrote_does_not_steer_the_terminal(cluster: FakeCluster) -> None:
    cluster.put(PODS, pod("web-1"))
    cluster.put(EVENTS, event("web-1", f'Failed to pull image "{IMAGE}": \x1b[2J', stamp()))

    assert "\x1b" not in tell(await answer_about(cluster, DEPLOY), Paper())


async def test_a_namespace_has_all_its_pods(cluster: FakeCluster) -> None:
    for name in ("web-1", "api-1"):
        cluster.put(PODS, pod(name, named=()))

    answer = await answer_about(cluster, Workload(NAMESPACES, "payments"))

    assert (answer.target, answer.pods) == ("namespace/payments", 2)
    assert [{*pull.pods} for pull in answer.failed] == [{"api-1", "web-1"}]


async def test_an_image_is_judged_by_what_a_new_pod_would_have(cluster: FakeCluster) -> None:
    image = read_image(IMAGE)
    cluster.put(ROBOT.resource, disabled_robot())

    case = await gather_image(cluster, image, "payments", "default", NOW)

    assert causes(explain(case)) == ["RobotDisabled"]
    assert tell(explain(case), Paper()).startswith(f"namespace payments cannot pull {IMAGE}\n")
    with pytest.raises(CommandError, match="no ServiceAccount nobody in namespace payments"):
        await gather_image(cluster, image, "payments", "nobody", NOW)


async def test_another_namespace_than_the_target_is_a_usage_error() -> None:
    with pytest.raises(CommandError, match="namespace/a is not in namespace b"):
        await run(WhyOptions(command="why", target="namespace/a", namespace="b"))


async def test_a_workload_that_is_not_there_is_told(cluster: FakeCluster) -> None:
    with pytest.raises(NotFound):
        await answer_about(cluster, Workload(PODS, "gone"))


async def test_a_deployment_without_pods_is_told(cluster: FakeCluster) -> None:
    assert tell(await answer_about(cluster, DEPLOY), Paper()) == "deploy/web: it has no pods\n"


class OpenCluster(FakeCluster):
    """Can be closed as the real client is."""

    @override
    async def close(self) -> None:
        self.requests.append(Request("close", "", ObjectKey("", "")))


@pytest.mark.parametrize(
    ("waits", "form", "code"),
    [
        ("ImagePullBackOff", "table", ExitCode.NOT_SO),
        ("ErrImagePull", "json", ExitCode.NOT_SO),
        ("ErrImagePull", "yaml", ExitCode.NOT_SO),
        ("CrashLoopBackOff", "table", ExitCode.FINE),
        (None, "json", ExitCode.FINE),
    ],
)
def test_the_exit_code_says_whether_a_pull_fails(
    waits: str | None,
    form: str,
    code: ExitCode,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = OpenCluster()
    made.put(PODS, pod("web-1", waits=waits))

    async def access(*_: object) -> ClusterAccess:
        return ClusterAccess("http://127.0.0.1:1", default_namespace="payments")

    monkeypatch.setattr(cluster_access, "find_access", access)
    monkeypatch.setattr(cluster_access, "KubeClient", lambda *_, **__: made)

    assert main(["why", "pod/web-1", "--no-try", "-o", form]) == code

    told = capsys.readouterr().out
    if form == "table":
        assert ("SecretMissing: " in told) is (code == ExitCode.NOT_SO)
    else:
        answer = yaml.safe_load(told)
        assert answer["target"] == "pod/web-1"
        assert len(answer["failed"]) == int(code)
    assert made.requests[-1].verb == "close"


@pytest.mark.parametrize("word", ["pod", "pods", "po", "Pod"])
def test_kubectls_names_are_taken(word: str) -> None:
    assert str(read_target(f"{word}/web")) == "pod/web"
    assert read_target("deployments.apps/web") == DEPLOY


@pytest.mark.parametrize("text", ["pod", "pod/", "/web", "pod/a/b", "robot/ci", "nginx:1.2"])
def test_other_words_are_a_usage_error(text: str) -> None:
    with pytest.raises(CommandError) as caught:
        read_target(text)

    assert caught.value.code is ExitCode.USAGE


def test_a_selector_is_written_as_lists_take_it() -> None:
    selector: dict[str, Any] = {
        "matchLabels": {"app": "web"},
        "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["a", "b"]},
            {"key": "old", "operator": "DoesNotExist"},
            {"key": "new", "operator": "Exists"},
        ],
    }

    assert selector_text(selector) == "app=web,tier in (a,b),!old,new"
