"""Which cause `why` finds in which evidence, in the words that users see."""

import base64
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from harbor_operator.cli.kinds import PULL_SECRET, ROBOT
from harbor_operator.cli.why.causes import CAUSES, Finding, find
from harbor_operator.cli.why.evidence import (
    Account,
    Delivery,
    Evidence,
    Login,
    PullSecret,
    Robot,
    read_delivery,
    read_robot,
    read_secret,
)
from harbor_operator.cli.why.spoken import harmless, understand
from tests.support.custom_resources import Json
from tests.support.deployed import ROOT
from tests.support.plugin import NOW, an_object, condition_of, stamp

IMAGE = "harbor.example:8443/payments/web:1.2"
USER = "robot$payments+ci-1"
PASSWORD = "Canary-Password"
MANIFEST = "https://harbor.example:8443/v2/payments/web/manifests/1.2"
RESOLVE = (
    f'Failed to pull image "{IMAGE}": failed to pull and unpack image "{IMAGE}": '
    f'failed to resolve reference "{IMAGE}": '
)
REFUSED = (
    RESOLVE
    + "failed to authorize: failed to fetch oauth token: unexpected status from GET request "
    "to https://harbor.example:8443/service/token?scope=repository%3Apayments%2Fweb%3Apull"
    "&service=harbor-registry: 401 Unauthorized"
)
HEAD = RESOLVE + f"unexpected status from HEAD request to {MANIFEST}: "
REQUEST = RESOLVE + f'failed to do request: Head "{MANIFEST}": '
CRI = f'Failed to pull image "{IMAGE}": rpc error: code = Unknown desc = '


def secret_of(
    *hosts: str,
    username: str = USER,
    type_: str = "kubernetes.io/dockerconfigjson",
    managed: bool = True,
    data: Json | None = None,
) -> Json:
    """A pull secret as the API server sends it, password and all."""
    pair = base64.b64encode(f"{username}:{PASSWORD}".encode()).decode()
    entry = {"username": username, "password": PASSWORD, "auth": pair}
    document = json.dumps({"auths": dict.fromkeys(hosts, entry)})
    labels = {
        "harbor-operator.dev/managed": "true",
        "harbor-operator.dev/owner-namespace": "payments",
    }
    return {
        "metadata": {
            "name": "pull",
            "namespace": "payments",
            "labels": labels if managed else {},
        },
        "type": type_,
        "data": data or {".dockerconfigjson": base64.b64encode(document.encode()).decode()},
    }


def robot(*conditions: Json, spec: Json | None = None, **status: object) -> Robot:
    body = an_object(ROBOT, "ci", *conditions)
    body["status"] |= {"username": USER} | status
    body["spec"] = spec or {}
    return read_robot(body)


def delivery(*conditions: Json, **status: object) -> Delivery:
    body = an_object(PULL_SECRET, "pull", *conditions)
    body["status"] |= status
    return read_delivery(body)


GOOD = read_secret(secret_of("harbor.example:8443"))
HAND_MADE = read_secret(secret_of("harbor.example:8443", username="robot+ci", managed=False))


def evidence(*messages: str, **changes: object) -> Evidence:
    """A pull that is refused although all seems well, but for some changes."""
    usual = Evidence(
        "payments",
        "web-1",
        "app",
        IMAGE,
        "ImagePullBackOff",
        NOW,
        (f'Back-off pulling image "{IMAGE}"', *(messages or (REFUSED,))),
        named=("pull",),
        account=Account("default", ("pull",)),
        secrets={"pull": GOOD},
        robots=(robot(),),
        deliveries=(delivery(),),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def with_secret(body: Json, **changes: object) -> Evidence:
    return evidence(secrets={"pull": read_secret(body)}, **changes)


UNREADY = condition_of("Ready", "False", "PermissionDenied", "More rights are needed.")
STALLED = condition_of("Stalled", "True", "DistributionDenied", "No rule allows it.")

CASES: list[tuple[str, Evidence, str]] = [
    ("InvalidImageName", evidence("", reason="InvalidImageName"), "no name of an image"),
    ("NeverPulled", evidence("", reason="ErrImageNeverPull"), "is Never"),
    (
        "SecretMissing",
        evidence(secrets={"pull": PullSecret("pull", exists=False)}),
        "names pull secret pull, and namespace payments has no such",
    ),
    ("SecretUnusable", with_secret(secret_of("harbor.example", type_="Opaque")), "type 'Opaque'"),
    (
        "SecretUnusable",
        with_secret(secret_of(data={"other": "e30="})),
        "no readable .dockerconfigjson",
    ),
    ("SecretUnusable", with_secret(secret_of(data={".dockerconfigjson": "?"})), "no readable"),
    (
        "WrongHost",
        with_secret(secret_of("https://harbor.example", "core.harbor.svc:80")),
        (
            "No pull secret of the pod is for harbor.example:8443: "
            "pull is for core.harbor.svc:80, harbor.example."
        ),
    ),
    ("NameEatenByShell", evidence(secrets={"pull": HAND_MADE}), "logs in as 'robot+ci'"),
    (
        "CreatedTooEarly",
        evidence(named=()),
        "before ServiceAccount default got pull secret pull",
    ),
    (
        "OwnPullSecrets",
        evidence(
            named=("old",),
            secrets={"pull": GOOD, "old": PullSecret("old", logins=(Login("ghcr.io", "me"),))},
        ),
        "of its own (old), so that those of ServiceAccount default (pull) are not used",
    ),
    ("NotDelivered", evidence(deliveries=(delivery(STALLED),)), "DistributionDenied: No rule"),
    ("NotDelivered", evidence(deliveries=(delivery(UNREADY),)), "PermissionDenied: More"),
    (
        "NotDelivered",
        evidence(
            deliveries=(delivery(failures=[{"namespace": "payments", "reason": "TargetFailed"}]),)
        ),
        "does not serve this namespace: TargetFailed.",
    ),
    ("RobotDeleted", evidence(robots=(replace(robot(), deleted=True),)), "is being deleted"),
    ("RobotDeleted", evidence(robots=()), "which no HarborRobot has any more"),
    (
        "RobotReplaced",
        evidence(robots=(robot(username="robot$x-2", previous=[{"username": USER}]),)),
        "a credential of HarborRobot ci that was replaced",
    ),
    (
        "RobotExpired",
        evidence(robots=(robot(expiresAt=stamp(-timedelta(hours=1))),)),
        "expired at 2026-03-01T11:00:00Z",
    ),
    ("RobotDisabled", evidence(robots=(robot(spec={"disabled": True}),)), "ci is disabled"),
    ("RobotNotReady", evidence(robots=(robot(UNREADY),)), "not Ready: PermissionDenied: More"),
    ("NoPullSecret", evidence(named=(), account=Account("default")), "had no login"),
    (
        "BlockedBySeverity",
        evidence(
            CRI
            + "Error response from daemon: unknown: current image with 86 vulnerabilities cannot "
            "be pulled due to configured policy in 'Prevent images with vulnerability severity of "
            '"Medium" or higher from running.\' To continue with pull, please contact your project '
            "administrator to exempt matched vulnerabilities through configuring the CVE allowlist."
        ),
        (
            "with 86 vulnerabilities cannot be pulled due to configured policy in 'Prevent images "
            'with vulnerability severity of "Medium" or higher from running.\''
        ),
    ),
    (
        "BlockedBySignature",
        evidence(CRI + "Error response from daemon: unknown: The image is not signed by cosign."),
        "only signed images",
    ),
    ("BlockedByPolicy", evidence(HEAD + "412 Precondition Failed"), "(412)"),
    (
        "BlockedByPolicy",
        evidence(CRI + '{"errors":[{"code":"PROJECTPOLICYVIOLATION","message":"?"}]}'),
        "(412)",
    ),
    (
        "UnknownAuthority",
        evidence(
            REQUEST + "tls: failed to verify certificate: x509: certificate signed by unknown "
            "authority"
        ),
        "does not know the authority that signed the certificate of harbor.example:8443",
    ),
    (
        "CertificateTime",
        evidence(
            REQUEST + "tls: failed to verify certificate: x509: certificate has expired or is not "
            "yet valid: current time 2026-03-01T12:00:00Z is after 2026-02-27T05:48:45Z"
        ),
        "current time 2026-03-01T12:00:00Z is after 2026-02-27T05:48:45Z.",
    ),
    (
        "CertificateName",
        evidence(
            REQUEST + "tls: failed to verify certificate: x509: certificate is valid for "
            "registry.example, not harbor.example"
        ),
        "valid for registry.example, not harbor.example",
    ),
    (
        "CertificateName",
        evidence(
            REQUEST + "x509: cannot validate certificate for 192.0.2.7 because it doesn't contain "
            "any IP SANs"
        ),
        "192.0.2.7",
    ),
    (
        "PlainHTTP",
        evidence(REQUEST + "http: server gave HTTP response to HTTPS client"),
        "without TLS",
    ),
    ("TooLarge", evidence(HEAD + "413 Request Entity Too Large"), "(413)"),
    ("TooManyRequests", evidence(HEAD + "429 Too Many Requests"), "429 Too Many Requests"),
    (
        "TooManyRequests",
        evidence(f'Failed to pull image "{IMAGE}": pull QPS exceeded'),
        "pull QPS exceeded",
    ),
    (
        "NoSuchHost",
        evidence(REQUEST + "dial tcp: lookup harbor.example on 10.96.0.10:53: no such host"),
        "cannot resolve harbor.example:8443: no such host",
    ),
    (
        "ConnectionRefused",
        evidence(REQUEST + "dial tcp 192.0.2.7:8443: connect: connection refused"),
        "cannot connect to harbor.example:8443: connection refused",
    ),
    ("Timeout", evidence(REQUEST + "dial tcp 192.0.2.7:8443: i/o timeout"), "in time"),
    ("Timeout", evidence(REQUEST + "net/http: TLS handshake timeout"), "TLS handshake timeout"),
    ("Forbidden", evidence(HEAD + "403 Forbidden"), "(403)"),
    ("Unauthorized", evidence(), "(401)"),
    (
        "Unauthorized",
        evidence(
            CRI + f'failed to pull and unpack image "{IMAGE}": failed to resolve reference '
            f'"{IMAGE}": pulling from host harbor.example:8443 failed with status code '
            "[manifests 1.2]: 401 Unauthorized"
        ),
        "(401)",
    ),
    (
        "Unauthorized",
        evidence(
            RESOLVE + "pull access denied, repository does not exist or may require authorization: "
            "server message: insufficient_scope: authorization failed"
        ),
        "a project that does not exist",
    ),
    (
        "NotFound",
        evidence(CRI + f'failed to resolve reference "{IMAGE}": {IMAGE}: not found'),
        "tag",
    ),
    (
        "NotFound",
        evidence(
            CRI + "Error response from daemon: manifest for harbor.example:8443/payments/web:1.2 "
            "not found: manifest unknown: manifest unknown"
        ),
        "no image of that name or tag",
    ),
]


@pytest.mark.parametrize(("cause", "case", "sentence"), CASES)
def test_the_first_cause_is_the_right_one(cause: str, case: Evidence, sentence: str) -> None:
    first = find(case)[0]

    assert first.cause == cause
    assert sentence in first.sentence
    assert len(first.cure) > 20


def test_every_cause_has_a_case_and_the_page_tells_it() -> None:
    page = (ROOT / "docs" / "kubectl-harbor.md").read_text(encoding="utf-8")
    _, _, section = page.partition("\n## Why a pull fails\n")
    told = re.findall(r"^\| ([A-Z]\w+) \|", section.partition("\n## ")[0], re.MULTILINE)

    assert {cause for cause, _, _ in CASES} == {cause.name for cause in CAUSES}
    assert told == [cause.name for cause in CAUSES]


@pytest.mark.parametrize("cause", ["UnknownAuthority", "NotFound", "BlockedByPolicy", "Timeout"])
def test_a_login_is_not_blamed_for_what_came_before_or_after_it(cause: str) -> None:
    message = next(case for name, case, _ in CASES if name == cause).messages[1]

    found = find(evidence(message, secrets={"pull": PullSecret("pull", exists=False)}, robots=()))

    assert [finding.cause for finding in found] == [cause]


def test_the_newest_message_counts() -> None:
    found = find(evidence(HEAD + "412 Precondition Failed", REFUSED))

    assert [finding.cause for finding in found] == ["BlockedByPolicy"]


def test_a_missing_secret_is_no_cause_where_another_one_serves() -> None:
    secrets = {"pull": GOOD, "gone": PullSecret("gone", exists=False)}

    found = find(evidence(named=("gone", "pull"), secrets=secrets))

    assert [finding.cause for finding in found] == ["Unauthorized"]


def test_an_unreadable_secret_is_accused_of_nothing() -> None:
    secrets = {"pull": PullSecret("pull", exists=None), "other": PullSecret("other", logins=())}

    found = find(evidence(named=("pull", "other"), secrets=secrets))

    assert [finding.cause for finding in found] == ["Unauthorized"]


def test_robots_that_the_user_cannot_see_are_not_called_deleted() -> None:
    for seen in ("", "search"):
        found = find(evidence(robots=(), robots_of=seen))
        assert [finding.cause for finding in found] == ["Unauthorized"]


def test_a_refusal_is_told_only_where_nothing_explains_it() -> None:
    assert [finding.cause for finding in find(evidence(robots=()))] == ["RobotDeleted"]


def test_nothing_is_found_where_nothing_tells() -> None:
    assert find(evidence("Failed for a reason of its own")) == ()


@pytest.mark.parametrize(
    "said",
    [
        f"Get https://harbor.example/service/token?account=x&token={PASSWORD}: 401 Unauthorized",
        f'Get "https://me:{PASSWORD}@harbor.example/v2/": 401 Unauthorized',
        f"Authorization: Bearer {PASSWORD} 401 Unauthorized",
        f"Authorization: Basic {PASSWORD}= 401 Unauthorized",
        (
            f"https://cdn.example/blob?X-Amz-Signature={PASSWORD}: x509: certificate has expired "
            f"or is not yet valid https://cdn.example/{PASSWORD}"
        ),
    ],
)
def test_no_token_of_a_message_is_repeated(said: str) -> None:
    found: tuple[Finding, ...] = find(evidence(CRI + said))

    assert found
    assert PASSWORD not in repr(found) + harmless(said) + repr(understand([said], IMAGE))
