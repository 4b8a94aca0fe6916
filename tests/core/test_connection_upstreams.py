"""Upstream registries: what is made, changed, deleted and left alone."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from harbor_operator.api.conditions import Reason
from harbor_operator.api.registries import UpstreamRegistry
from harbor_operator.core.connection.upstreams import (
    CreateUpstream,
    DeleteUpstream,
    Endpoint,
    Login,
    UpdateUpstream,
    UpstreamsSeen,
    compare_upstreams,
    mark_of,
    normalized,
    report_upstreams,
)
from harbor_operator.core.steps import Change, Comparison, Step, Trouble, Verb

NEW, OLD = (2, 15), (2, 14)
MARK = mark_of("cluster-1", "default")
URL = "https://hub.example.com"
PEM = "-----BEGIN CERTIFICATE-----\nmade up\n-----END CERTIFICATE-----\n"
LOGIN = Login("puller", "uid/2")
REF = {"credentialsSecretRef": {"namespace": "ops", "name": "hub"}}
HUB = Endpoint(7, "hub", "docker-hub", URL)
HUB_WITH_LOGIN = replace(HUB, username="puller", has_secret=True)


def entry(**fields: object) -> UpstreamRegistry:
    return UpstreamRegistry.model_validate(
        {"name": "hub", "type": "docker-hub", "url": URL, **fields}
    )


def seen(
    *endpoints: Endpoint, login: Login | Trouble | None = None, sent: str | None = None
) -> UpstreamsSeen:
    logins: Mapping[str, Login | Trouble] = {} if login is None else {"hub": login}
    return UpstreamsSeen(MARK, endpoints, logins, {} if sent is None else {7: sent})


def write_of(comparison: Comparison) -> object:
    """The one thing to be written, None where there is nothing."""
    assert comparison.troubles == ()
    (step,) = comparison.steps or (None,)
    return step.write if step else None


@pytest.mark.parametrize(
    ("wanted", "login", "expected"),
    [
        pytest.param(
            entry(),
            None,
            CreateUpstream("hub", "docker-hub", URL, MARK),
            id="with the least",
        ),
        pytest.param(
            entry(url=f"{URL}/", insecureSkipTLSVerify=True, caCertificate=PEM, **REF),
            LOGIN,
            CreateUpstream(
                "hub",
                "docker-hub",
                URL,
                MARK,
                insecure=True,
                ca_certificate=PEM,
                login=LOGIN,
            ),
            id="with everything",
        ),
    ],
)
def test_a_registry_that_is_not_there_is_made(
    wanted: UpstreamRegistry, login: Login | None, expected: CreateUpstream
) -> None:
    comparison = compare_upstreams((wanted,), seen(login=login), NEW)

    assert write_of(comparison) == expected
    assert comparison.steps[0].key == ("registries", Verb.CREATE, "hub")
    assert comparison.steps[0].changes == (Change("registries", "hub", None, URL),)


@pytest.mark.parametrize(
    ("wanted", "observed"),
    [
        pytest.param(entry(), seen(HUB), id="the same"),
        pytest.param(entry(url=f"{URL}/"), seen(HUB), id="the same address"),
        pytest.param(
            entry(), seen(replace(HUB, insecure=True, ca_certificate=PEM)), id="what is not stated"
        ),
        pytest.param(
            entry(insecureSkipTLSVerify=False, caCertificate=PEM),
            seen(replace(HUB, ca_certificate=PEM.strip())),
            id="the same certificate",
        ),
        pytest.param(
            entry(**REF),
            seen(HUB_WITH_LOGIN, login=LOGIN, sent=LOGIN.version),
            id="the credentials that were sent",
        ),
        pytest.param(
            entry(), seen(HUB, replace(HUB, id=8, name="other", url="x")), id="other registries"
        ),
    ],
)
def test_nothing_is_written_where_harbor_has(
    wanted: UpstreamRegistry, observed: UpstreamsSeen
) -> None:
    assert compare_upstreams((wanted,), observed, NEW) == Comparison()


@pytest.mark.parametrize(
    ("wanted", "observed", "expected", "changes"),
    [
        pytest.param(
            entry(),
            seen(replace(HUB, url="https://old.example.com")),
            UpdateUpstream(7, "hub", url=URL),
            [("url", "https://old.example.com", URL)],
            id="an address",
        ),
        pytest.param(
            entry(**REF),
            seen(
                replace(HUB_WITH_LOGIN, url="https://old.example.com"),
                login=LOGIN,
                sent=LOGIN.version,
            ),
            UpdateUpstream(7, "hub", url=URL, login=LOGIN),
            [("url", "https://old.example.com", URL)],
            id="an address, with the credentials that Harbor would forget",
        ),
        pytest.param(
            entry(insecureSkipTLSVerify=True),
            seen(HUB),
            UpdateUpstream(7, "hub", insecure=True),
            [("insecureSkipTLSVerify", "false", "true")],
            id="a check of certificates",
        ),
        pytest.param(
            entry(insecureSkipTLSVerify=False),
            seen(replace(HUB, insecure=True)),
            UpdateUpstream(7, "hub", insecure=False),
            [("insecureSkipTLSVerify", "true", "false")],
            id="no check of certificates",
        ),
        pytest.param(
            entry(caCertificate=PEM),
            seen(HUB),
            UpdateUpstream(7, "hub", ca_certificate=PEM),
            [("caCertificate", None, PEM)],
            id="a certificate",
        ),
        pytest.param(
            entry(insecureSkipTLSVerify=True, **REF),
            seen(HUB_WITH_LOGIN, login=LOGIN, sent=LOGIN.version),
            UpdateUpstream(7, "hub", insecure=True),
            [("insecureSkipTLSVerify", "false", "true")],
            id="something else than the credentials, without them",
        ),
        pytest.param(
            entry(**REF),
            seen(HUB_WITH_LOGIN, login=LOGIN, sent="uid/1"),
            UpdateUpstream(7, "hub", login=LOGIN),
            [("credentialsSecretRef", "uid/1", "uid/2")],
            id="the Secret",
        ),
        pytest.param(
            entry(**REF),
            seen(HUB_WITH_LOGIN, login=LOGIN),
            UpdateUpstream(7, "hub", login=LOGIN),
            [("credentialsSecretRef", None, "uid/2")],
            id="credentials that nobody knows to have been sent",
        ),
        pytest.param(
            entry(**REF),
            seen(replace(HUB_WITH_LOGIN, username="other"), login=LOGIN, sent=LOGIN.version),
            UpdateUpstream(7, "hub", login=LOGIN),
            [("credentials", "other", "puller")],
            id="a user name",
        ),
        pytest.param(
            entry(**REF),
            seen(replace(HUB_WITH_LOGIN, has_secret=False), login=LOGIN, sent=LOGIN.version),
            UpdateUpstream(7, "hub", login=LOGIN),
            [("credentials", "puller", "puller")],
            id="a secret that is gone",
        ),
        pytest.param(
            entry(),
            seen(HUB_WITH_LOGIN),
            UpdateUpstream(7, "hub", drop_login=True),
            [("credentials", "puller", None)],
            id="credentials that the spec has no longer",
        ),
        pytest.param(
            entry(insecureSkipTLSVerify=True, caCertificate=PEM),
            seen(replace(HUB, url="https://old.example.com", insecure=True, ca_certificate=PEM)),
            UpdateUpstream(7, "hub", url=URL),
            [("url", "https://old.example.com", URL)],
            id="an address, without what is stated and is there",
        ),
        pytest.param(
            entry(caCertificate=PEM),
            seen(replace(HUB, ca_certificate="another")),
            UpdateUpstream(7, "hub", ca_certificate=PEM),
            [("caCertificate", "another", PEM)],
            id="another certificate",
        ),
    ],
)
def test_what_differs_is_changed(
    wanted: UpstreamRegistry,
    observed: UpstreamsSeen,
    expected: UpdateUpstream,
    changes: list[tuple[str, str | None, str | None]],
) -> None:
    shown = tuple(Change("registries", *change) for change in changes)

    assert compare_upstreams((wanted,), observed, NEW) == Comparison(
        (Step("registries", Verb.UPDATE, "hub", shown, expected),)
    )


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        pytest.param(MARK, DeleteUpstream(7, "hub"), id="of our making is deleted"),
        pytest.param("", None, id="without a mark stays"),
        pytest.param("made by hand", None, id="of somebody's making stays"),
        pytest.param(mark_of("cluster-2", "default"), None, id="of another cluster stays"),
        pytest.param(mark_of("cluster-1", "other"), None, id="of another connection stays"),
    ],
)
def test_a_registry_that_left_the_spec(mark: str, expected: DeleteUpstream | None) -> None:
    assert write_of(compare_upstreams((), seen(replace(HUB, mark=mark)), NEW)) == expected


def test_what_a_deletion_shows() -> None:
    (step,) = compare_upstreams((), seen(replace(HUB, mark=MARK)), NEW).steps

    assert step.key == ("registries", Verb.DELETE, "hub")
    assert step.changes == (Change("registries", "hub", URL, None),)


def test_a_new_name_is_made_before_the_old_one_goes() -> None:
    wanted = (entry(name="new"),)
    steps = compare_upstreams(wanted, seen(replace(HUB, mark=MARK)), NEW).steps

    assert [(step.verb, step.target) for step in steps] == [
        (Verb.CREATE, "new"),
        (Verb.DELETE, "hub"),
    ]


def test_another_type_is_trouble_and_nothing_is_written() -> None:
    wanted = entry(type="harbor", url="https://elsewhere.example.com")
    comparison = compare_upstreams((wanted,), seen(HUB), NEW)

    assert comparison.steps == ()
    assert [t.reason for t in comparison.troubles] == [Reason.INVALID_SPEC]
    assert "type docker-hub" in comparison.troubles[0].message


def test_credentials_that_cannot_be_read_hold_up_their_registry_only() -> None:
    trouble = Trouble(Reason.CREDENTIALS_MISSING, "no Secret")
    wanted = (entry(url="https://elsewhere.example.com", **REF), entry(name="other"))
    comparison = compare_upstreams(wanted, seen(HUB, login=trouble), NEW)

    assert comparison.troubles == (trouble,)
    assert [step.target for step in comparison.steps] == ["other"]


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        pytest.param(seen(), CreateUpstream("hub", "docker-hub", URL, MARK), id="a new registry"),
        pytest.param(
            seen(replace(HUB, url="https://old.example.com")),
            UpdateUpstream(7, "hub", url=URL),
            id="a registry",
        ),
    ],
)
def test_a_harbor_that_knows_no_certificates_gets_all_else_of(
    observed: UpstreamsSeen, expected: object
) -> None:
    comparison = compare_upstreams((entry(caCertificate=PEM),), observed, OLD)

    assert [step.write for step in comparison.steps] == [expected]
    assert [t.reason for t in comparison.troubles] == [Reason.INVALID_SPEC]
    assert comparison.troubles[0].message.startswith("Registry hub: caCertificate")
    assert "Harbor 2.15" in comparison.troubles[0].message


def test_registries_that_cannot_be_listed_are_trouble() -> None:
    trouble = Trouble(Reason.PERMISSION_DENIED, "May not.")

    assert compare_upstreams((entry(),), trouble, NEW) == Comparison(troubles=(trouble,))
    assert report_upstreams((entry(),), trouble) == {}


def test_registries_that_were_not_asked_for_are_no_trouble() -> None:
    assert compare_upstreams((), None, NEW) == Comparison()
    assert report_upstreams((), None) == {"registries": []}


@pytest.mark.parametrize(
    ("wanted", "endpoint", "expected"),
    [
        pytest.param(entry(), HUB, [{"name": "hub", "id": 7}], id="one of the spec"),
        pytest.param(
            entry(**REF),
            HUB_WITH_LOGIN,
            [{"name": "hub", "id": 7, "credentialsVersion": "uid/2"}],
            id="one with credentials",
        ),
        pytest.param(
            entry(name="new"),
            replace(HUB, mark=MARK),
            [{"name": "hub", "id": 7}],
            id="one of our making that is still there",
        ),
        pytest.param(entry(name="new"), HUB, [], id="not those of others"),
    ],
)
def test_the_report(
    wanted: UpstreamRegistry, endpoint: Endpoint, expected: list[dict[str, object]]
) -> None:
    observed = seen(endpoint, sent="uid/2")

    assert report_upstreams((wanted,), observed) == {"registries": expected}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://a.example.com", "https://a.example.com", id="as it is"),
        pytest.param("https://a.example.com//", "https://a.example.com", id="slashes at its end"),
        pytest.param("http://a.example.com:80/b/", "http://a.example.com:80/b", id="a path"),
        pytest.param("https://a.example.com/b%20c", "https://a.example.com/b c", id="an escape"),
        pytest.param(" https://a.example.com ", "https://a.example.com", id="spaces around it"),
        pytest.param("https://a.example.com/X", "https://a.example.com/X", id="a letter as path"),
    ],
)
def test_addresses_as_harbor_keeps_them(url: str, expected: str) -> None:
    assert normalized(url) == expected
