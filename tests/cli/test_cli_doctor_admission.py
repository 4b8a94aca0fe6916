"""What `doctor` says of policies, webhooks and quotas."""

import pytest

from harbor_operator.cli.doctor.admission import (
    INJECTING,
    NAMING,
    Policy,
    blocking_webhooks,
    check_injection,
    check_naming,
    check_quotas,
    check_webhooks,
    quota_of,
)
from harbor_operator.cli.doctor.checks import State
from harbor_operator.cli.removal.reading import POLICIES
from tests.support.custom_resources import Json


@pytest.mark.parametrize(
    ("policy", "users", "version", "state"),
    [
        (Policy(INJECTING, there=False, bound=False), 0, (1, 32), State.OK),
        (Policy(INJECTING, there=True, bound=True), 2, (1, 36), State.OK),
        (Policy(INJECTING, there=True, bound=False), 2, (1, 36), State.FAIL),
        (Policy(INJECTING, there=False, bound=False), 2, (1, 36), State.FAIL),
        (Policy(INJECTING, there=False, bound=False), 2, (1, 35), State.FAIL),
    ],
)
def test_injection_needs_its_policy_once_somebody_uses_it(
    policy: Policy, users: int, version: tuple[int, int], state: State
) -> None:
    assert check_injection(policy, users, version).state is state


def test_too_old_a_cluster_is_told_as_that() -> None:
    check = check_injection(Policy(INJECTING, there=False, bound=False), 1, (1, 35))

    assert "Kubernetes 1.35 has no such policies" in check.found


def test_a_policy_without_its_binding_does_nothing() -> None:
    assert check_naming(Policy(NAMING, there=True, bound=False)).state is State.WARN
    assert check_naming(Policy(NAMING, there=True, bound=True)).state is State.OK
    assert check_naming(Policy(NAMING, there=False, bound=False)).state is State.OK


def test_the_policies_are_those_that_are_shipped() -> None:
    assert {name for _, name in POLICIES} == {INJECTING, NAMING}


def webhook(resource: str = "secrets", **changed: object) -> Json:
    """A configuration with one webhook."""
    rule = {"apiGroups": [""], "resources": [resource], "operations": ["CREATE"]}
    return {"webhooks": [{"name": "guard.example", "rules": [rule], **changed}]}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (webhook(), ["guard.example (secrets)"]),
        (webhook(failurePolicy="Fail"), ["guard.example (secrets)"]),
        (webhook("*"), ["guard.example (secrets, serviceaccounts)"]),
        (webhook(failurePolicy="Ignore"), []),
        (webhook("pods"), []),
        (
            webhook(namespaceSelector={"matchLabels": {"a": "b"}}),
            ["guard.example (secrets of some namespaces)"],
        ),
        (
            webhook(
                rules=[{"apiGroups": ["*"], "resources": ["harborrobots"], "operations": ["*"]}]
            ),
            ["guard.example (kinds of harbor-operator.dev)"],
        ),
        (webhook(rules=[{"apiGroups": [""], "resources": ["secrets"]}]), []),
        ({}, []),
    ],
)
def test_a_webhook_blocks_what_it_matches_and_must_answer_for(body: Json, found: list[str]) -> None:
    assert [*blocking_webhooks(body)] == found
    assert check_webhooks(found).state is (State.WARN if found else State.OK)


@pytest.mark.parametrize(
    ("hard", "used", "state"),
    [
        ({"count/secrets": "10"}, {"count/secrets": "9"}, State.WARN),
        ({"secrets": "10"}, {"secrets": "10"}, State.WARN),
        ({"count/secrets": "10"}, {"count/secrets": "8"}, State.OK),
        ({"pods": "1"}, {"pods": "1"}, State.OK),
        ({"count/secrets": "1k"}, {}, State.OK),
    ],
)
def test_a_namespace_has_room_for_secrets(hard: Json, used: Json, state: State) -> None:
    body = {
        "metadata": {"name": "limits", "namespace": "payments"},
        "status": {"hard": hard, "used": used},
    }
    quota = quota_of(body)

    assert check_quotas([] if quota is None else [quota]).state is state
