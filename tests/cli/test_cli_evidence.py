"""What `why` keeps of pull secrets, and which images their entries are for."""

import base64
import json

import pytest

from harbor_operator.cli.why.bodies import read_secret
from harbor_operator.cli.why.evidence import Login, host_of
from tests.support.custom_resources import Json

USER = "robot$payments+ci"
PASSWORD = "Canary-Password"
ENTRY = {"username": USER, "password": PASSWORD}
DOCUMENT = json.dumps({"auths": {"harbor.example": ENTRY}}).encode()
PULL: Json = {
    "metadata": {"name": "pull", "namespace": "payments"},
    "type": "kubernetes.io/dockerconfigjson",
    "data": {".dockerconfigjson": base64.b64encode(DOCUMENT).decode()},
}


@pytest.mark.parametrize(
    ("key", "image", "serves"),
    [
        ("harbor.example", "harbor.example/a/b:1", True),
        ("https://harbor.example/v2/", "harbor.example/a/b:1", True),
        ("HARBOR.example", "harbor.example/a/b:1", True),
        ("*.example", "harbor.example/a/b:1", True),
        ("*.example", "eu.harbor.example/a/b:1", False),
        ("harbor.example", "harbor.example:443/a/b:1", False),
        ("harbor.example:443", "harbor.example/a/b:1", False),
        ("harbor.example/a", "harbor.example/a/b:1", True),
        ("harbor.example/c", "harbor.example/a/b:1", False),
        ("https://index.docker.io/v1/", "nginx", True),
        ("harbor.example", "library/nginx", False),
        ("localhost:5000", "localhost:5000/a:1", True),
    ],
)
def test_an_entry_serves_an_image_as_the_kubelet_sees_it(
    key: str, image: str, *, serves: bool
) -> None:
    assert Login(key, "me").serves(image) is serves


def test_an_image_without_a_host_is_docker_hubs() -> None:
    assert host_of("nginx") == host_of("library/nginx:1") == "docker.io"


def test_both_forms_of_a_login_are_read() -> None:
    old = base64.b64encode(b'{"harbor.example":{"username":"me","password":"x"}}').decode()

    body = PULL | {"type": "kubernetes.io/dockercfg", "data": {".dockercfg": old}}

    assert read_secret(body).logins == (Login("harbor.example", "me"),)
    assert read_secret(PULL).logins == (Login("harbor.example", USER),)


def test_no_password_is_kept_of_a_secret() -> None:
    token = base64.b64encode(PASSWORD.encode()).decode()
    odd = {"auths": {f"https://me:{PASSWORD}@harbor.example": {"auth": token}}}
    document = base64.b64encode(json.dumps(odd).encode()).decode()

    secret = read_secret(PULL | {"data": {".dockerconfigjson": document}})

    assert secret.logins is not None
    assert [(login.host, login.username) for login in secret.logins] == [("harbor.example", "")]
    assert PASSWORD not in repr(read_secret(PULL))
