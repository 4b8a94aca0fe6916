"""The Secrets that the operator writes, and how little of them it remembers."""

import base64
import copy
from collections.abc import Callable
from dataclasses import asdict

import pytest

from harbor_operator.api.base import (
    ANNOTATION_OWNER_NAME,
    LABEL_MANAGED,
    LABEL_OWNER_KIND,
    LABEL_OWNER_NAMESPACE,
    LABEL_OWNER_UID,
    LABEL_ROBOT_UID,
    LEDGER_TYPE,
    SecretTemplate,
)
from harbor_operator.core import dockerconfig
from harbor_operator.core.secret import Secret
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.secrets import (
    BASIC_AUTH,
    DOCKER_CONFIG,
    Digester,
    Ownership,
    compose,
    encode,
    summarize,
    username_in,
)
from harbor_operator.kube.resources import JsonObject
from harbor_operator.kube.secret_data import decode

CANARY = "canary-Password-8Zq"
USERNAME = "robot$team+ci-1"
OWNER = ObjectId("HarborPullSecret", "team", "pull")
OWNERSHIP = Ownership(OWNER, "uid-pull", "uid-robot")
LOGIN = {"username": Secret(USERNAME), "password": Secret(CANARY)}
Change = Callable[[JsonObject], object]


def basic_auth(template: SecretTemplate | None = None) -> JsonObject:
    return compose(
        "pull", "shop", type_=BASIC_AUTH, data=LOGIN, ownership=OWNERSHIP, template=template
    )


def docker_config(text: Secret) -> JsonObject:
    data = {dockerconfig.KEY: text}
    return compose("pull", "shop", type_=DOCKER_CONFIG, data=data, ownership=OWNERSHIP)


def stored(body: JsonObject) -> JsonObject:
    """The Secret as the API server sends it."""
    metadata = {**body["metadata"], "uid": "uid-1", "resourceVersion": "17"}
    return {**copy.deepcopy(body), "metadata": copy.deepcopy(metadata)}


def test_a_composed_secret_says_what_it_is_and_whose() -> None:
    body = basic_auth()

    metadata = body["metadata"]
    assert (body["kind"], body["type"]) == ("Secret", BASIC_AUTH)
    assert (metadata["name"], metadata["namespace"]) == ("pull", "shop")
    assert metadata["labels"] == {
        "app.kubernetes.io/managed-by": "harbor-operator",
        LABEL_MANAGED: "true",
        LABEL_OWNER_KIND: "HarborPullSecret",
        LABEL_OWNER_NAMESPACE: "team",
        LABEL_OWNER_UID: "uid-pull",
        LABEL_ROBOT_UID: "uid-robot",
    }
    assert metadata["annotations"][ANNOTATION_OWNER_NAME] == "pull"


def test_a_composed_secret_holds_its_data_in_base64() -> None:
    data = basic_auth()["data"]

    assert base64.b64decode(data["password"]).decode() == CANARY
    assert decode(basic_auth(), "username") == USERNAME


def test_the_template_adds_labels_and_annotations() -> None:
    template = SecretTemplate(labels={"team": "red"}, annotations={"note": "mine"})

    metadata = basic_auth(template)["metadata"]

    assert metadata["labels"]["team"] == "red"
    assert metadata["annotations"]["note"] == "mine"


def test_the_template_cannot_take_the_operators_own_labels() -> None:
    template = SecretTemplate(
        labels={LABEL_MANAGED: "false", LABEL_OWNER_UID: "uid-stolen"},
        annotations={ANNOTATION_OWNER_NAME: "stolen"},
    )

    assert basic_auth(template)["metadata"] == basic_auth()["metadata"]


def test_the_template_may_change_how_argo_cd_treats_the_secret() -> None:
    key = "argocd.argoproj.io/sync-options"

    plain = basic_auth()["metadata"]["annotations"]
    changed = basic_auth(SecretTemplate(annotations={key: "Prune=true"}))["metadata"]["annotations"]

    assert (plain[key], changed[key]) == ("Prune=false", "Prune=true")


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        pytest.param({LABEL_MANAGED: "true", LABEL_OWNER_UID: "uid-pull"}, True, id="ours"),
        pytest.param(
            {LABEL_MANAGED: "true", LABEL_OWNER_UID: "uid-other"}, False, id="another object's"
        ),
        pytest.param({LABEL_OWNER_UID: "uid-pull"}, False, id="without the label"),
        pytest.param({LABEL_MANAGED: "true"}, False, id="without a uid"),
        pytest.param(None, False, id="without labels"),
    ],
)
def test_whose_a_secret_is(labels: dict[str, str] | None, *, expected: bool) -> None:
    assert OWNERSHIP.owns({"metadata": {"labels": labels}}) is expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param({"username": encode(Secret("müller"))}, "müller", id="text"),
        pytest.param({}, None, id="no such key"),
        pytest.param(None, None, id="no data"),
        pytest.param({"username": "abc"}, None, id="no whole base64"),
        pytest.param({"username": base64.b64encode(b"\xff").decode()}, None, id="no text"),
        pytest.param({"username": None}, None, id="no value"),
    ],
)
def test_decoding(data: dict[str, str] | None, expected: str | None) -> None:
    assert decode({"data": data}, "username") == expected


def set_data(body: JsonObject) -> None:
    body["data"]["password"] = encode(Secret("another"))


def drop_data(body: JsonObject) -> None:
    del body["data"]["password"]


def add_data(body: JsonObject) -> None:
    body["data"]["more"] = encode(Secret("more"))


def set_type(body: JsonObject) -> None:
    body["type"] = "Opaque"


def set_label(body: JsonObject) -> None:
    body["metadata"]["labels"][LABEL_ROBOT_UID] = "uid-other"


def drop_label(body: JsonObject) -> None:
    del body["metadata"]["labels"][LABEL_MANAGED]


def set_annotation(body: JsonObject) -> None:
    body["metadata"]["annotations"][ANNOTATION_OWNER_NAME] = "other"


def drop_annotations(body: JsonObject) -> None:
    del body["metadata"]["annotations"]


def add_label(body: JsonObject) -> None:
    body["metadata"]["labels"]["foreign"] = "x"


def add_annotation(body: JsonObject) -> None:
    body["metadata"]["annotations"]["foreign"] = "x"


OWN_CHANGES = [
    pytest.param(set_data, id="another password"),
    pytest.param(drop_data, id="a key less"),
    pytest.param(add_data, id="a key more"),
    pytest.param(set_type, id="another type"),
    pytest.param(set_label, id="another label"),
    pytest.param(drop_label, id="a label less"),
    pytest.param(set_annotation, id="another annotation"),
    pytest.param(drop_annotations, id="no annotations"),
]
FOREIGN_CHANGES = [
    pytest.param(add_label, id="a label of others"),
    pytest.param(add_annotation, id="an annotation of others"),
]


@pytest.mark.parametrize("change", OWN_CHANGES)
def test_a_digest_differs_by_what_the_operator_has_written(change: Change) -> None:
    digester, body = Digester(b"key"), stored(basic_auth())

    change(body)

    assert digester.digest(body) != digester.digest(basic_auth())


@pytest.mark.parametrize("change", FOREIGN_CHANGES)
def test_a_digest_ignores_what_others_added(change: Change) -> None:
    digester, body = Digester(b"key"), stored(basic_auth())

    change(body)

    assert digester.digest(body) == digester.digest(basic_auth())


def test_a_digest_ignores_what_the_api_server_adds_and_the_order_of_keys() -> None:
    digester, body = Digester(b"key"), stored(basic_auth())
    body["data"] = dict(reversed(body["data"].items()))

    assert digester.digest(body) == digester.digest(basic_auth())


def test_digests_of_two_processes_tell_nothing_about_each_other() -> None:
    assert Digester(b"one").digest(basic_auth()) != Digester(b"two").digest(basic_auth())


def test_a_summary_keeps_what_decisions_need() -> None:
    body = stored(basic_auth())

    summary = summarize(body, Digester(b"key"))

    assert (summary.uid, summary.version) == ("uid-1", 17)
    assert (summary.owner, summary.owner_uid) == (OWNER, "uid-pull")
    assert (summary.robot_uid, summary.username) == ("uid-robot", USERNAME)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(basic_auth(), id="basic auth"),
        pytest.param(
            docker_config(dockerconfig.render(["h"], USERNAME, Secret(CANARY))), id="docker config"
        ),
    ],
)
def test_a_summary_never_keeps_a_password(body: JsonObject) -> None:
    summary = summarize(stored(body), Digester(b"key"))

    kept = f"{summary!r} {asdict(summary)}"
    assert CANARY not in kept
    assert encode(Secret(CANARY)) not in kept


def test_a_secret_without_labels_is_nobodys() -> None:
    body = {"metadata": {"name": "x", "uid": "uid-1", "resourceVersion": "3"}, "type": "Opaque"}

    summary = summarize(body, Digester(b"key"))

    assert (summary.owner, summary.owner_uid) == (ObjectId("", "", ""), "")
    assert (summary.robot_uid, summary.username) == ("", None)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(basic_auth(), USERNAME, id="basic auth"),
        pytest.param(
            docker_config(dockerconfig.render(["a", "b"], USERNAME, Secret("p"))),
            USERNAME,
            id="a docker config for two hosts",
        ),
        pytest.param(docker_config(Secret("no json")), None, id="an unreadable docker config"),
        pytest.param({"type": DOCKER_CONFIG, "data": {}}, None, id="an empty docker config"),
        pytest.param({"type": LEDGER_TYPE, "data": {"ledger": "e30="}}, None, id="a ledger"),
        pytest.param({"type": BASIC_AUTH, "data": None}, None, id="basic auth without data"),
    ],
)
def test_whom_a_secret_logs_in_as(body: JsonObject, expected: str | None) -> None:
    assert username_in(body) == expected
