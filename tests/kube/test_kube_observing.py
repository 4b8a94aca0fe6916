"""What is told of each request to the API server."""

import pytest

from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.configuration import load_kubeconfig
from harbor_operator.kube.errors import NotFound
from harbor_operator.kube.observing import operation_of
from harbor_operator.kube.resources import CONFIG_MAPS
from harbor_operator.kube.session import open_session
from tests.support.fake_kube import FakeKube, status


@pytest.mark.parametrize(
    ("request_", "verb", "resource"),
    [
        ("GET /api/v1/namespaces", "list", "namespaces"),
        ("GET /api/v1/namespaces/team", "get", "namespaces"),
        ("PATCH /api/v1/namespaces/team/status", "patch", "namespaces/status"),
        ("GET /api/v1/secrets", "list", "secrets"),
        ("GET /api/v1/secrets watch=true&a=b", "watch", "secrets"),
        ("POST /api/v1/namespaces/team/secrets", "create", "secrets"),
        ("PUT /api/v1/namespaces/team/secrets/a", "update", "secrets"),
        ("DELETE /api/v1/namespaces/team/secrets/a", "delete", "secrets"),
        ("DELETE /api/v1/namespaces/team/secrets", "deletecollection", "secrets"),
        ("GET /apis/x.dev/v1/harborrobots limit=500", "list", "harborrobots"),
        ("PATCH /apis/x.dev/v1/namespaces/team/harborrobots/ci", "patch", "harborrobots"),
        (
            "PATCH /apis/x.dev/v1/namespaces/team/harborrobots/ci/status",
            "patch",
            "harborrobots/status",
        ),
        ("PATCH /apis/x.dev/v1/hubs/default/status", "patch", "hubs/status"),
        ("GET /apis/x.dev/v1", "get", "none"),
        ("GET /version", "get", "none"),
    ],
)
def test_a_request_is_named_as_in_a_role(request_: str, verb: str, resource: str) -> None:
    method, path, query, *_ = (*request_.split(" "), "")

    assert operation_of(method, path, query) == (verb, resource)


Told = list[tuple[str, str, str]]


class Listener:
    """Keeps what it is told, without the durations."""

    def __init__(self) -> None:
        self.calls: Told = []

    def __call__(self, verb: str, resource: str, code: str, seconds: float) -> None:
        assert 0 <= seconds < 5
        self.calls.append((verb, resource, code))


async def test_every_attempt_is_told_with_its_code(fake_kube: FakeKube) -> None:
    listener = Listener()
    access = await load_kubeconfig(fake_kube.kubeconfig)
    async with KubeClient(access, field_manager="tests", on_call=listener) as client:
        busy = status(429, "TooManyRequests", **{"Retry-After": "0"})
        fake_kube.fail_on("list", busy, None, status(404, "NotFound"))
        await client.list(CONFIG_MAPS)
        with pytest.raises(NotFound):
            await client.get(CONFIG_MAPS, "a", namespace="default")

    assert listener.calls == [
        ("list", "configmaps", "429"),
        ("list", "configmaps", "200"),
        ("get", "configmaps", "404"),
    ]


async def test_a_session_for_others_tells_too_and_still_stops_writes(fake_kube: FakeKube) -> None:
    listener, access = Listener(), await load_kubeconfig(fake_kube.kubeconfig)

    def stop() -> None:
        raise LookupError

    opened = open_session(access, before_write=stop, on_call=listener)
    async with opened.session as session:
        url = f"{opened.server}/api/v1/namespaces/default/configmaps"
        async with session.get(url) as answer:
            assert answer.status == 200
        with pytest.raises(LookupError):
            await session.post(url, json={})

    assert fake_kube.requests == ["list"]
    assert listener.calls == [("list", "configmaps", "200"), ("create", "configmaps", "error")]
