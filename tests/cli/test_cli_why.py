"""Which cause `why` finds in which evidence, in the words that users see."""

import base64
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from harbor_operator.cli.kinds import PULL_SECRET, ROBOT
from harbor_operator.cli.why.bodies import read_delivery, read_robot, read_secret
from harbor_operator.cli.why.causes import CAUSES, find
from harbor_operator.cli.why.evidence import (
    Account,
    Delivery,
    Evidence,
    Login,
    PullSecret,
    Robot,
)
from harbor_operator.cli.why.spoken import harmless, understand
from harbor_operator.cli.why.told import Finding
from harbor_operator.cli.why.trials import (
    Certificate,
    Flaw,
    HarborAccount,
    HarborView,
    Probe,
    Result,
    Trial,
)
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


def tried(result: Result, words: str = "", tags: tuple[str, ...] | None = None) -> Evidence:
    """The usual pull, whose login was tried from here."""
    return evidence(trials=(Trial("pull", USER, result, words, tags),))


def seen(account: HarborAccount | None = None, **view: object) -> Evidence:
    """The usual pull, of which Harbor was asked, and whose account no HarborRobot has."""
    accounts = {USER: account} if account else {}
    asked = replace(HarborView(NOW, accounts, project=True), **view)  # type: ignore[arg-type]
    return evidence(robots=(), robots_of="search", view=asked)


def refused_by(account: HarborAccount) -> Evidence:
    """A login that Harbor does not accept, though its account is in order."""
    return replace(seen(account), trials=tried(Result.REFUSED).trials)


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
            "The pod has no pull secret for harbor.example:8443: "
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
    ("AccountGone", seen(HarborAccount(exists=False)), "Harbor has no such robot account"),
    (
        "AccountDisabled",
        seen(HarborAccount(disabled=True)),
        "is disabled in Harbor; no HarborRobot",
    ),
    (
        "AccountExpired",
        seen(HarborAccount(expires=NOW - timedelta(hours=1))),
        "has expired in Harbor at 2026-03-01T11:00:00Z",
    ),
    (
        "AccountOfOtherProject",
        seen(HarborAccount(projects=frozenset({"search", "api"}))),
        "may pull from api, search and not from payments",
    ),
    (
        "PasswordRefused",
        refused_by(HarborAccount(projects=frozenset({"*"}))),
        "does not accept the password of pull secret pull",
    ),
    (
        "NoSuchProject",
        seen(project=False, near=("payment",)),
        "no project payments. Did you mean payment?",
    ),
    (
        "NoSuchRepository",
        seen(repository=False, near=("webs", "wed")),
        "exists, and has no repository web. Did you mean webs, wed?",
    ),
    ("NoSuchRepository", tried(Result.NOT_FOUND), "exists, and has no repository web."),
    ("NoSuchTag", seen(artifact=False, near=("1.1",)), "no tag 1.2. Did you mean 1.1?"),
    ("NoSuchTag", tried(Result.NOT_FOUND, tags=("1.3", "x")), "no tag 1.2. Did you mean 1.3?"),
    ("LoginRefused", tried(Result.REFUSED), "disabled, expired or gone"),
    ("NoRight", tried(Result.NO_RIGHT), "may not pull from payments, or there is no such project"),
    ("PullsNow", tried(Result.PULLS), "can be pulled by now, with pull secret pull"),
    (
        "BlockedBySignature",
        replace(
            tried(Result.BLOCKED, "The image is not signed by cosign."),
            view=HarborView(NOW, signed_only=("cosign",), accessories=("sbom.harbor",)),
        ),
        "wants a signature of cosign; attached to the image: sbom.harbor.",
    ),
    ("NoPullSecret", evidence(named=(), account=Account("default")), "has no login"),
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


def test_the_cure_for_a_missing_signature_names_no_tool_that_was_not_asked_for() -> None:
    said = "Error response from daemon: unknown: The image is not signed by notation."

    [finding, *_] = find(evidence(CRI + said))

    assert finding.cause == "BlockedBySignature"
    assert "cosign" not in finding.cure
    assert "by its digest" in finding.cure


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


CERTIFICATE = Certificate(
    "harbor", "team-ca", NOW - timedelta(days=9), NOW + timedelta(days=9), ("harbor.example",)
)
SAID_EXPIRED = REQUEST + "x509: certificate has expired or is not yet valid: current time X"


@pytest.mark.parametrize(
    ("late", "ahead", "told"),
    [
        (timedelta(days=-10), None, "By the clock here it is not valid yet."),
        (timedelta(days=12), None, "By the clock here it has expired, too: 3d ago."),
        (timedelta(), None, "By the clock here it is valid, so that the node's clock is wrong"),
        (timedelta(), timedelta(), "By the clocks here and of Harbor it is valid"),
        (timedelta(), timedelta(hours=3), "By the clock here (Harbor's is 3h ahead of it)"),
        (timedelta(), timedelta(hours=-3), "By the clock here (Harbor's is 3h behind it)"),
    ],
)
def test_it_is_told_which_clock_a_certificate_fails(
    late: timedelta, ahead: timedelta | None, told: str
) -> None:
    now = NOW + late
    view = None if ahead is None else HarborView(now + ahead)
    (found,) = find(evidence(SAID_EXPIRED, now=now, view=view, probe=Probe(None, CERTIFICATE)))

    assert found.cause == "CertificateTime"
    assert "It is harbor, signed by team-ca, valid from 2026-02-20 to" in found.sentence
    assert told in found.sentence


@pytest.mark.parametrize(
    ("probe", "told"),
    [
        (
            Probe(status=413, by_proxy=True, hops=("Via: 1.1 x",)),
            "a proxy's, not Harbor's. It names",
        ),
        (Probe(status=413, by_proxy=False), "of Harbor's own"),
        (Probe(status=413), "does not tell which hop"),
        (Probe(status=401), "answers 401, so that it stays unknown which hop."),
        (Probe(), "answers nothing"),
    ],
)
def test_it_is_told_which_hop_refuses_a_size_as_far_as_it_can_be(probe: Probe, told: str) -> None:
    (found,) = find(evidence(HEAD + "413 Request Entity Too Large", probe=probe))

    assert told in found.sentence


def test_the_vulnerabilities_that_block_are_counted_beyond_five() -> None:
    flaws = tuple(Flaw(f"CVE-{number}", "High") for number in range(7))
    view = HarborView(NOW, scanned=True, threshold="high", flaws=flaws)

    (found,) = find(evidence(HEAD + "412 Precondition Failed", view=view))

    assert found.sentence.endswith("CVE-4 (High, no fix) and 2 more.")


def test_what_was_tried_is_newer_than_what_the_kubelet_said() -> None:
    case = replace(tried(Result.NOT_FOUND, tags=()), messages=(HEAD + "412 Precondition Failed",))

    assert [finding.cause for finding in find(case)] == ["NoSuchTag"]


def test_a_pull_that_works_from_here_does_not_explain_away_the_nodes_trouble() -> None:
    case = replace(tried(Result.PULLS), messages=(REQUEST + "net/http: TLS handshake timeout",))

    (found,) = [finding for finding in find(case) if finding.cause == "Timeout"]
    assert "From here the same pull works" in found.sentence


def test_a_robot_that_expired_while_suspended_is_resumed() -> None:
    expired = robot(expiresAt=stamp(-timedelta(hours=1)), spec={"suspend": True})

    (found,) = find(evidence(robots=(expired,)))

    assert found.cure == "kubectl harbor resume robot/ci -n payments --wait"
