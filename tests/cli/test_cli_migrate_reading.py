"""What `migrate` reads out of objects of the cluster."""

import base64
import json
from collections.abc import Callable

import pytest

from harbor_operator.cli.migrating.facts import Login, Source, Workload
from harbor_operator.cli.migrating.reading import account_of, home_of, old_secret, workload_of
from tests.support.custom_resources import Json

IMAGE = {"name": "app", "image": "harbor.test/shop/app:1"}


def a_secret(**metadata: object) -> Json:
    """A pull secret for two registries."""
    auth = base64.b64encode(b"robot$shop+ci:made-up").decode()
    auths = {"https://harbor.test/v2/": {"auth": auth}, "docker.io": {"auth": auth}}
    document = base64.b64encode(json.dumps({"auths": auths}).encode()).decode()
    named = {"name": "regcred", "namespace": "web", **metadata}
    return {"metadata": named, "data": {".dockerconfigjson": document}}


def test_a_login_is_read_without_its_password() -> None:
    secret = old_secret(a_secret())

    assert secret is not None
    assert secret.logins == (
        Login("docker.io", "robot$shop+ci", "shop"),
        Login("harbor.test", "robot$shop+ci", "shop"),
    )
    assert "made-up" not in repr(secret)


def test_a_secret_of_the_operator_is_none_to_migrate() -> None:
    assert old_secret(a_secret(labels={"harbor-operator.dev/managed": "true"})) is None


@pytest.mark.parametrize(
    ("metadata", "source"),
    [
        ({}, Source("Secret", "regcred")),
        (
            {"ownerReferences": [{"kind": "ExternalSecret", "name": "pulls"}]},
            Source("ExternalSecret", "pulls"),
        ),
        (
            {"annotations": {"replicator.v1.mittwald.de/replicated-from": "ops/regcred"}},
            Source("copy by replicator of", "ops/regcred"),
        ),
        (
            {"annotations": {"reflector.v1.k8s.emberstack.com/reflects": "ops/regcred"}},
            Source("copy by reflector of", "ops/regcred"),
        ),
    ],
)
def test_whoever_writes_a_secret_is_told(metadata: Json, source: Source) -> None:
    secret = old_secret(a_secret(**metadata))

    assert secret is not None
    assert secret.source == source


@pytest.mark.parametrize(
    ("kind", "wrapped"),
    [
        ("deployment", lambda pod: {"template": {"spec": pod}}),
        ("cronjob", lambda pod: {"jobTemplate": {"spec": {"template": {"spec": pod}}}}),
        ("pod", lambda pod: pod),
    ],
)
def test_the_pods_of_each_kind_are_found(kind: str, wrapped: Callable[[Json], Json]) -> None:
    pod = {
        "serviceAccountName": "builder",
        "imagePullSecrets": [{"name": "regcred"}],
        "containers": [IMAGE],
        "volumes": [{"name": "push", "secret": {"secretName": "push"}}, {"name": "tmp"}],
    }
    body = {"metadata": {"name": "x", "namespace": "web"}, "spec": wrapped(pod)}

    assert workload_of(kind, body) == Workload(
        kind, "web", "x", "builder", ("regcred",), ("harbor.test/shop/app:1",), ("push",)
    )


@pytest.mark.parametrize(
    ("metadata", "status"),
    [({"ownerReferences": [{"kind": "ReplicaSet", "name": "x"}]}, {}), ({}, {"phase": "Failed"})],
)
def test_pods_that_are_made_anew_or_have_ended_are_passed_over(
    metadata: Json, status: Json
) -> None:
    named = {"name": "x", "namespace": "web", **metadata}
    body = {"metadata": named, "spec": {"containers": [IMAGE]}, "status": status}

    assert workload_of("pod", body) is None


def test_accounts_and_projects_are_read_by_their_names() -> None:
    account: Json = {"metadata": {"name": "default", "namespace": "web"}}
    project: Json = {"metadata": {"name": "shop", "namespace": "web"}, "spec": {}}

    assert account_of(account).secrets == ()
    assert home_of(project).project == "shop"
    assert home_of({**project, "spec": {"projectName": "web.shop"}}).project == "web.shop"
