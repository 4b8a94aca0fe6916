"""Whom Harbor calls when something happens in a project."""

from dataclasses import replace
from typing import Any

import pytest

from harbor_operator.api.conditions import Reason
from harbor_operator.core.project.blocks.webhooks import (
    WEBHOOKS,
    CreateHook,
    DeleteHook,
    Hook,
    HookSeen,
    ReplaceHook,
    WebhooksSeen,
)
from harbor_operator.core.secret import Secret
from harbor_operator.core.steps import Change, Comparison, Step, Verb
from tests.support.project_settings import Fields, changes_of, compared, outline, wanted

ADDRESS = "https://hooks.example.com/ci"
TOKEN = Secret("Bearer x")
KEY = ("hook", "token")
REF = {"authHeaderSecretRef": {"name": "hook", "key": "token"}}
PUSH = frozenset({"PUSH_ARTIFACT"})
HOOK = Hook("ci", ADDRESS, PUSH, auth=TOKEN)
HOSTS = ("hooks.example.com", "*.team.example")
NONE = WebhooksSeen(secrets={KEY: TOKEN}, allowed_hosts=HOSTS)


def webhooks(**fields: Any) -> Fields:  # noqa: ANN401 -- fields of a spec
    return {"webhooks": [{"name": "ci", "events": ["PUSH_ARTIFACT"], "address": ADDRESS, **fields}]}


def seeing(*hooks: Hook, secret: Secret | None = TOKEN) -> WebhooksSeen:
    rows = tuple(HookSeen(number, hook) for number, hook in enumerate(hooks, 1))
    return replace(NONE, hooks=rows, secrets={KEY: secret})


def test_a_missing_webhook_is_made() -> None:
    comparison = compared(WEBHOOKS, webhooks(**REF), NONE)

    assert outline(comparison.steps) == [(Verb.CREATE, "ci", CreateHook(HOOK))]
    assert comparison.steps[0].source == "webhooks"
    assert changes_of(comparison) == [
        ("webhooks", "address", None, ADDRESS),
        ("webhooks", "events", None, "PUSH_ARTIFACT"),
        ("webhooks", "format", None, "Default"),
        ("webhooks", "enabled", None, "true"),
        ("webhooks", "insecureSkipTLSVerify", None, "false"),
        ("webhooks", "authHeader", None, "(hidden)"),
    ]
    assert comparison.troubles == ()


def test_a_new_webhook_is_as_it_is_stated() -> None:
    spec = webhooks(enabled=False, format="Slack", insecureSkipTLSVerify=True, description="calls")

    (step,) = compared(WEBHOOKS, spec, NONE).steps

    hook = Hook("ci", ADDRESS, PUSH, "Slack", None, enabled=False, skip_tls=True)
    assert step.write == CreateHook(replace(hook, description="calls"))


DIFFERENCES = [
    pytest.param(
        webhooks(address="https://hooks.example.com/b", **REF),
        HOOK,
        replace(HOOK, address="https://hooks.example.com/b"),
        [("address", ADDRESS, "https://hooks.example.com/b")],
        id="policies 50-51: a PUT replaces all, so it repeats what stays",
    ),
    pytest.param(
        webhooks(address="https://hooks.example.com/b"),
        HOOK,
        Hook("ci", "https://hooks.example.com/b", PUSH),
        [("address", ADDRESS, "https://hooks.example.com/b"), ("authHeader", "(hidden)", None)],
        id="a header that nobody states any more is not sent to another address",
    ),
    pytest.param(
        webhooks(events=["REPLICATION", "DELETE_ARTIFACT"]),
        HOOK,
        replace(HOOK, events=frozenset({"DELETE_ARTIFACT", "REPLICATION"})),
        [("events", "PUSH_ARTIFACT", "DELETE_ARTIFACT, REPLICATION")],
        id="other events",
    ),
    pytest.param(
        webhooks(format="CloudEvents"),
        HOOK,
        replace(HOOK, format="CloudEvents"),
        [("format", "Default", "CloudEvents")],
        id="another format",
    ),
    pytest.param(
        webhooks(enabled=True),
        replace(HOOK, enabled=False),
        HOOK,
        [("enabled", "false", "true")],
        id="switched on again",
    ),
    pytest.param(
        webhooks(insecureSkipTLSVerify=False),
        replace(HOOK, skip_tls=True),
        HOOK,
        [("insecureSkipTLSVerify", "true", "false")],
        id="a certificate that is looked at again",
    ),
    pytest.param(
        webhooks(description=""),
        replace(HOOK, description="old"),
        HOOK,
        [("description", "old", None)],
        id="a description is emptied",
    ),
    pytest.param(
        webhooks(**REF),
        replace(HOOK, auth=None),
        HOOK,
        [("authHeader", None, "(hidden)")],
        id="a header is added",
    ),
    pytest.param(
        webhooks(**REF),
        replace(HOOK, auth=Secret("Bearer old")),
        HOOK,
        [("authHeader", "(hidden)", "(hidden)")],
        id="policies 39: Harbor shows the header, so a Secret that changed is sent again",
    ),
]


@pytest.mark.parametrize(("spec", "seen", "hook", "changes"), DIFFERENCES)
def test_a_difference_is_written(
    spec: Fields, seen: Hook, hook: Hook, changes: list[tuple[str, str | None, str | None]]
) -> None:
    shown = tuple(Change("webhooks", *row) for row in changes)
    step = Step("webhooks", Verb.UPDATE, "ci", shown, ReplaceHook(1, hook))

    assert compared(WEBHOOKS, spec, seeing(seen)) == Comparison((step,))


SLACK = Hook("ci", ADDRESS, PUSH, "Slack", TOKEN, enabled=False, skip_tls=True, description="old")

IN_LINE = [
    pytest.param(webhooks(**REF), HOOK, id="the same"),
    pytest.param(webhooks(), SLACK, id="what is not stated is left as it is"),
    pytest.param(
        webhooks(events=["REPLICATION", "PUSH_ARTIFACT"]),
        replace(HOOK, events=frozenset({"PUSH_ARTIFACT", "REPLICATION"})),
        id="events are a set",
    ),
]


@pytest.mark.parametrize(("spec", "seen"), IN_LINE)
def test_without_a_difference_nothing_is_written(spec: Fields, seen: Hook) -> None:
    assert compared(WEBHOOKS, spec, seeing(seen)) == Comparison()


def test_a_webhook_that_is_not_listed_goes() -> None:
    other = replace(HOOK, name="other")

    comparison = compared(WEBHOOKS, webhooks(), seeing(HOOK, other))

    assert outline(comparison.steps) == [(Verb.DELETE, "other", DeleteHook(2))]
    assert comparison.steps[0].source == "webhooks"
    assert changes_of(comparison) == [("webhooks", "address", ADDRESS, None)]


FORBIDDEN = [
    pytest.param("https://evil.example/", "evil.example", id="another host"),
    pytest.param(
        "https://hooks.example.com.evil.example/",
        "hooks.example.com.evil.example",
        id="a longer host",
    ),
    pytest.param("https://team.example/", "team.example", id="a host that a glob just misses"),
    pytest.param("http://[1.2.3]/", "http://[1.2.3]/", id="an address that has no host at all"),
    pytest.param("https://evil.example/?hooks.example.com", "evil.example", id="a host in a query"),
]


@pytest.mark.parametrize(("address", "named"), FORBIDDEN)
def test_a_webhook_to_another_host_is_told_and_taken_away(address: str, named: str) -> None:
    comparison = compared(WEBHOOKS, webhooks(address=address), seeing(HOOK))

    assert outline(comparison.steps) == [(Verb.DELETE, "ci", DeleteHook(1))]
    (trouble,) = comparison.troubles
    assert trouble.reason is Reason.ACCESS_NOT_ALLOWED
    assert f"ci would call {named}, which" in trouble.message
    assert not trouble.passing


@pytest.mark.parametrize(
    ("address", "hosts"),
    [
        pytest.param("http://x.team.example:8080/a?b=c", HOSTS, id="a glob, a port, a query"),
        pytest.param("http://[::1]:80/", ("*",), id="an address of six where all is allowed"),
    ],
)
def test_a_webhook_to_an_allowed_host(address: str, hosts: tuple[str, ...]) -> None:
    seen = replace(NONE, allowed_hosts=hosts)

    comparison = compared(WEBHOOKS, webhooks(address=address), seen)

    assert [step.verb for step in comparison.steps] == [Verb.CREATE]


@pytest.mark.parametrize("seen", [seeing(HOOK, secret=None), replace(seeing(HOOK), secrets={})])
def test_a_webhook_whose_secret_is_missing_stays_as_it_is(seen: WebhooksSeen) -> None:
    comparison = compared(WEBHOOKS, webhooks(enabled=False, **REF), seen)

    assert comparison.steps == ()
    (trouble,) = comparison.troubles
    assert trouble.reason is Reason.CREDENTIALS_MISSING
    assert trouble.message.startswith("webhooks: ci needs Secret hook with key token and label")
    assert trouble.passing


def test_one_webhook_in_trouble_stops_no_other() -> None:
    rows = [*webhooks(**REF)["webhooks"], {**webhooks()["webhooks"][0], "name": "chat"}]

    comparison = compared(WEBHOOKS, {"webhooks": rows}, seeing(secret=None))

    assert [step.target for step in comparison.steps] == ["chat"]
    assert len(comparison.troubles) == 1


def test_a_blank_project_has_the_secrets_and_hosts_that_are_needed() -> None:
    blank = WEBHOOKS.blank(wanted(WEBHOOKS, webhooks(**REF)))

    comparison = compared(WEBHOOKS, webhooks(**REF), blank)

    assert [step.verb for step in comparison.steps] == [Verb.CREATE]
    assert ("webhooks", "authHeader", None, "(hidden)") in changes_of(comparison)


def test_a_header_shows_in_no_step() -> None:
    comparison = compared(WEBHOOKS, webhooks(**REF), seeing(replace(HOOK, auth=Secret("older"))))

    assert "Bearer" not in repr(comparison)
    assert "older" not in repr(comparison)
