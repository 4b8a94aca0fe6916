"""What looks like a credential is taken out of a line, and nothing else."""

import pytest

from harbor_operator.engine.telemetry.scrubbing import scrubbed

CANARY = "Canary0Password8Zq"
KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n{CANARY}\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"Authorization: Basic {CANARY}==", id="a basic login"),
        pytest.param(f"{{'authorization': 'bearer {CANARY}.x-y_z'}}", id="a bearer token"),
        pytest.param(f'{{"password": "{CANARY}"}}', id="a field of JSON"),
        pytest.param(f"{{'secret': b'{CANARY}'}}", id="a field of a dict of bytes"),
        pytest.param(f"Login(password='{CANARY}')", id="a field of an object"),
        pytest.param(f"principal=admin&password={CANARY}", id="a form"),
        pytest.param(f"Cookie: sid={CANARY}; theme=dark", id="a session"),
        pytest.param(f"Cookie: _gorilla_csrf={CANARY}", id="a token against forgery"),
        pytest.param(f"https://robot:{CANARY}@harbor.example.com/v2", id="a URL"),
        pytest.param(f"got eyJhbGciOiJSUzI1.{CANARY}.{CANARY}", id="a token alone"),
        pytest.param(KEY, id="a private key"),
        pytest.param(KEY.partition("-----END")[0], id="a private key that was cut off"),
    ],
)
def test_a_credential_is_taken_out(text: str) -> None:
    line = scrubbed(f"before {text} after")

    assert CANARY not in line
    assert line.startswith("before ")


@pytest.mark.parametrize(
    "text",
    [
        "HarborProject team/app: Ready is True, Succeeded: As the spec says.",
        "POST /robots answered 201: basic authentication is refused (request 3b1c-77)",
        "GET https://harbor.example.com:8443/api/v2.0/projects/team%2Fapp?page=1",
        "the Secret team/app-ledger is not ours, its password is kept",
        "spec.credentialsSecretRef: secret 'admin' of namespace 'a@b' is missing",
    ],
)
def test_what_is_no_credential_stays(text: str) -> None:
    assert scrubbed(text) == text
