"""A secret text stays out of sight, and the document that carries it is exact."""

import base64
import json

import pytest

from harbor_operator.core import dockerconfig
from harbor_operator.core.secret import Secret

PASSWORD = Secret("s3cret")


@pytest.mark.parametrize("shown", [repr(PASSWORD), str(PASSWORD), f"{PASSWORD}", f"{[PASSWORD]}"])
def test_a_secret_shows_nothing(shown: str) -> None:
    assert "s3cret" not in shown


def test_a_secret_reveals_its_text_on_demand_and_compares_by_it() -> None:
    assert PASSWORD.reveal() == "s3cret"
    assert Secret("s3cret") == PASSWORD
    assert Secret("other") != PASSWORD


def test_an_empty_secret_is_false() -> None:
    assert not Secret("")
    assert PASSWORD


def test_the_document_logs_in_to_every_host() -> None:
    document = dockerconfig.render(["b.example:5000", "a.example"], "robot$x", PASSWORD)

    entry = {
        "username": "robot$x",
        "password": "s3cret",
        "auth": base64.b64encode(b"robot$x:s3cret").decode(),
    }
    assert json.loads(document.reveal()) == {"auths": {"a.example": entry, "b.example:5000": entry}}


def test_the_document_is_repeatable_to_the_byte() -> None:
    document = dockerconfig.render(["a.example"], "u", Secret("p"))

    assert document.reveal() == (
        '{"auths":{"a.example":{"auth":"dTpw","password":"p","username":"u"}}}'
    )


def test_the_document_is_the_same_whatever_the_order_of_hosts() -> None:
    one = dockerconfig.render(["a.example", "b.example"], "robot$x", PASSWORD)
    other = dockerconfig.render(["b.example", "a.example"], "robot$x", PASSWORD)

    assert one == other


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('{"auths":{"a":{"username":"u"}}}', "u", id="one login"),
        pytest.param('{"auths":{"a":{"username":"u"},"b":{"username":"u"}}}', "u", id="one user"),
        pytest.param('{"auths":{"a":{"username":"u"},"b":{"username":"v"}}}', None, id="two users"),
        pytest.param('{"auths":{"a":{"auth":"dTpw"}}}', None, id="no username"),
        pytest.param('{"auths":{}}', None, id="no host"),
        pytest.param('{"auths":[1]}', None, id="no mapping"),
        pytest.param('{"auths":{"a":1}}', None, id="no entry"),
        pytest.param("[]", None, id="no object"),
        pytest.param("{", None, id="no JSON"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_whom_a_document_logs_in_as(text: str, expected: str | None) -> None:
    assert dockerconfig.username_in(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            dockerconfig.render(["a", "b"], "u", Secret("p")).reveal(),
            ("u", Secret("p")),
            id="one login for all hosts",
        ),
        pytest.param(
            '{"auths":{"a":{"username":"u","password":"p"},"b":{"username":"u","password":"q"}}}',
            None,
            id="two logins",
        ),
        pytest.param('{"auths":{"a":{"username":"u"}}}', None, id="no password"),
        pytest.param("{}", None, id="no hosts"),
        pytest.param("nonsense", None, id="no JSON"),
    ],
)
def test_the_login_in_a_docker_config(text: str, expected: tuple[str, Secret] | None) -> None:
    assert dockerconfig.login_in(text) == expected
