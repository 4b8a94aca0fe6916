"""What each check of `doctor` says of what was found."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
import yaml

from harbor_operator.api.crds import definition
from harbor_operator.api.robot import ROBOTS
from harbor_operator.cli.doctor.checks import Check, State, diagnosis_of, fail, ok, unknown, warn
from harbor_operator.cli.doctor.installed import (
    check_clock,
    check_installations,
    check_kind,
    check_leases,
    check_server,
    lease_of,
)
from harbor_operator.cli.doctor.own_rights import check_commands, needs
from harbor_operator.cli.doctor.rbac import Right, check_rights, rights_of
from harbor_operator.cli.doctor.screen import draw_diagnosis
from harbor_operator.cli.installation import Installation, installation_of
from harbor_operator.cli.printing import Paper
from tests.support.custom_resources import Json
from tests.support.deployed import ROOT
from tests.support.plugin import NOW, stamp

SECOND: Final = timedelta(seconds=1)
DAY: Final = timedelta(days=1)
OPERATOR: Final = Installation(
    namespace="harbor-operator",
    name="harbor-operator",
    image="registry.example/harbor-operator:0.1.0",
    account="harbor-operator",
    wanted=2,
    ready=2,
    settings={},
    readable=True,
)


def told(*settings: tuple[str, str | None]) -> Installation:
    """The operator with settings of its own."""
    return replace(OPERATOR, settings=dict(settings))


@pytest.mark.parametrize(
    ("version", "state"),
    [((1, 31), State.WARN), ((1, 32), State.OK), ((1, 36), State.OK), ((2, 0), State.OK)],
)
def test_an_api_server_is_new_enough_or_not(version: tuple[int, int], state: State) -> None:
    assert check_server(version, "v1").state is state


@pytest.mark.parametrize(
    ("ahead", "state"),
    [
        (None, State.UNKNOWN),
        (timedelta(), State.OK),
        (30 * SECOND, State.OK),
        (31 * SECOND, State.WARN),
        (-31 * SECOND, State.WARN),
        (timedelta(minutes=6), State.FAIL),
        (timedelta(minutes=-6), State.FAIL),
    ],
)
def test_clocks_agree_or_differ(ahead: timedelta | None, state: State) -> None:
    assert check_clock("clock", ahead).state is state


def test_a_clock_is_told_in_which_direction_it_is_wrong() -> None:
    assert "6m ahead of" in check_clock("clock", timedelta(minutes=6)).found
    assert "6m behind" in check_clock("clock", timedelta(minutes=-6)).found


def stored(**changed: object) -> Json:
    """A definition as the API server keeps it."""
    served = {"conditions": [{"type": "Established", "status": "True"}]}
    return {**definition(ROBOTS), "status": served, **changed}


@pytest.mark.parametrize(
    ("body", "state", "found"),
    [
        (None, State.FAIL, "not installed"),
        (stored(status={}), State.FAIL, "installed, and not served"),
        (stored(spec={"versions": []}), State.WARN, "of another version than this plugin"),
        (stored(), State.OK, "as this plugin knows it"),
    ],
)
def test_a_kind_is_installed_as_the_plugin_knows_it(
    body: Json | None, state: State, found: str
) -> None:
    check = check_kind("harborrobots", definition(ROBOTS), body)

    assert (check.state, check.found) == (state, found)


@pytest.mark.parametrize(
    ("one", "states"),
    [
        (OPERATOR, [State.OK, State.OK]),
        (replace(OPERATOR, ready=1), [State.WARN, State.OK]),
        (replace(OPERATOR, ready=0), [State.FAIL, State.OK]),
        (replace(OPERATOR, wanted=0, ready=0), [State.FAIL, State.OK]),
        (replace(OPERATOR, image="x/harbor-operator:v0.1.0@sha256:12"), [State.OK, State.OK]),
        (replace(OPERATOR, image="x/harbor-operator:0.2.0"), [State.OK, State.WARN]),
        (replace(OPERATOR, image="x:5000/harbor-operator@sha256:12"), [State.OK, State.UNKNOWN]),
    ],
)
def test_an_operator_is_ready_and_of_the_plugins_version(
    one: Installation, states: list[State]
) -> None:
    assert [check.state for check in check_installations([one], "0.1.0")] == states


def test_that_nothing_runs_the_operator_may_be_meant() -> None:
    (check,) = check_installations([], "0.1.0")

    assert (check.state, check.found) == (State.WARN, "no Deployment runs it")


def test_two_operators_of_the_whole_cluster_undo_each_others_work() -> None:
    second = replace(OPERATOR, namespace="other")
    scoped = replace(second, settings={"namespaces": "payments"})

    both = [check.state for check in check_installations([OPERATOR, second], "0.1.0")]
    apart = [check.state for check in check_installations([OPERATOR, scoped], "0.1.0")]

    assert both[-1] is State.FAIL
    assert State.FAIL not in apart


def lease(name: str = "harbor-operator", *, ago: timedelta = SECOND, holder: str = "pod-1") -> Json:
    """A Lease that its holder renewed so long ago."""
    spec = {"holderIdentity": holder, "leaseDurationSeconds": 15, "renewTime": stamp(-ago)}
    return {"metadata": {"name": name, "namespace": "harbor-operator"}, "spec": spec}


@pytest.mark.parametrize(
    ("one", "bodies", "states"),
    [
        (OPERATOR, [lease()], [State.OK]),
        (OPERATOR, [lease(ago=61 * SECOND)], [State.FAIL]),
        (OPERATOR, [lease(holder="")], [State.FAIL]),
        (OPERATOR, [], [State.FAIL]),
        (None, [], [State.FAIL]),
        (None, [lease()], [State.OK]),
        (told(("lease-name", "mine")), [lease("mine"), lease("etcd")], [State.OK]),
        (None, [lease(), lease("etcd"), lease("harbor-operator-seat-1", holder="")], [State.OK]),
        (told(("shards", "2")), [lease("harbor-operator-shard-0")], [State.OK, State.FAIL]),
        (told(("leader-election", "false")), [lease()], [State.OK]),
    ],
)
def test_somebody_leads_or_nobody(
    one: Installation | None, bodies: list[Json], states: list[State]
) -> None:
    leases = [lease_of(body) for body in bodies]

    assert [c.state for c in check_leases([one] if one else [], leases, NOW)] == states


def _flattened(rules: Iterator[Mapping[str, Any]], namespace: str) -> set[Right]:
    return {
        Right(verb, group, resource, namespace, name)
        for rule in rules
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for name in rule.get("resourceNames") or [""]
    }


def _stated(*paths: str) -> set[Right]:
    """The rights that roles in files give, with the namespace that each is in."""
    return {
        right
        for path in paths
        for body in yaml.safe_load_all((ROOT / "deploy" / path).read_text(encoding="utf-8"))
        if body["kind"] in {"Role", "ClusterRole"}
        for right in _flattened(iter(body["rules"]), body["metadata"].get("namespace", ""))
    }


def test_the_rights_are_those_of_the_role() -> None:
    assert {*rights_of(OPERATOR)} == _stated("kustomize/role.yaml")


def test_the_rights_in_listed_namespaces_are_those_of_the_overlay() -> None:
    scoped = told(("namespaces", "team-a,team-b"))
    stated = _stated(
        *(f"overlays/namespaced/{name}.yaml" for name in ("own-rights", "served", "events")),
        "overlays/namespaced/shared-rights.yaml",
    )
    of_the_cluster = Right("get", "", "namespaces", "", "kube-system")
    named = told(("namespaces", "team-a,team-b"), ("cluster-id", "blue"))

    assert {*rights_of(scoped)} == stated
    assert {*rights_of(named)} == stated - {of_the_cluster}


@pytest.mark.parametrize("setting", [("watch-secrets", "false"), ("no-watch-secrets", "")])
def test_without_a_list_of_secrets_only_ones_own_namespace_is_listed(
    setting: tuple[str, str],
) -> None:
    everywhere, by_name = {*rights_of(OPERATOR)}, {*rights_of(told(setting))}

    lost = {Right(verb, "", "secrets") for verb in ("list", "watch")}
    assert everywhere - by_name == lost
    assert by_name - everywhere == {
        Right(verb, "", "secrets", "harbor-operator") for verb in ("list", "watch")
    }


def test_shards_have_leases_of_their_own() -> None:
    more = {*rights_of(told(("shards", "2")))} - {*rights_of(OPERATOR)}

    assert {right.name for right in more} == {
        f"harbor-operator-{part}-{number}" for part in ("seat", "shard") for number in (0, 1)
    }


def test_a_right_is_asked_about_as_the_api_server_names_it() -> None:
    right = Right("patch", "harbor-operator.dev", "harborrobots/status", "payments")

    assert right.attributes == {
        "verb": "patch",
        "group": "harbor-operator.dev",
        "resource": "harborrobots",
        "subresource": "status",
        "namespace": "payments",
    }


@pytest.mark.parametrize(
    ("one", "answers", "state"),
    [
        (OPERATOR, True, State.OK),
        (OPERATOR, False, State.FAIL),
        (OPERATOR, None, State.UNKNOWN),
        (told(("namespaces", None)), True, State.UNKNOWN),
        (replace(OPERATOR, readable=False), True, State.UNKNOWN),
    ],
)
def test_the_operator_is_allowed_what_it_uses(
    one: Installation, *, answers: bool | None, state: State
) -> None:
    allowed = None if answers is None else dict.fromkeys(rights_of(OPERATOR), answers)

    assert check_rights(one, allowed).state is state


def test_the_first_missing_rights_are_named() -> None:
    rights = rights_of(OPERATOR)
    allowed = {**dict.fromkeys(rights, True), Right("get", "", "secrets"): False}

    check = check_rights(OPERATOR, allowed)

    assert check.found == "ServiceAccount harbor-operator may not: get secrets"


def test_rights_that_the_user_lacks_are_unknown_and_no_failure() -> None:
    wanted = [right for of_command in needs("payments").values() for right in of_command]
    allowed = dict.fromkeys(wanted, True) | {wanted[0]: False}

    checks = [*check_commands("payments", allowed)]

    assert [check.state for check in checks].count(State.UNKNOWN) == 1
    assert checks[0].found == "you may not: list harborprojects in payments"


def test_the_screen_has_the_cures_whole_and_the_worst_first() -> None:
    diagnosis = diagnosis_of(
        [
            ok("API server", "Kubernetes v1.36.3"),
            warn("operator", "no Deployment runs it", "install it"),
            unknown("kinds", "you may not list them"),
            fail("connection default", "NotSeen", "is the operator running?"),
        ]
    )

    assert draw_diagnosis(diagnosis, Paper()) == (
        "STATE     CHECK                FOUND\n"
        "ok        API server           Kubernetes v1.36.3\n"
        "warn      operator             no Deployment runs it\n"
        "unknown   kinds                you may not list them\n"
        "fail      connection default   NotSeen\n"
        "\n"
        "To do:\n"
        "  connection default: NotSeen\n"
        "    is the operator running?\n"
        "  operator: no Deployment runs it\n"
        "    install it\n"
        "\n"
        "4 checks: 1 ok, 1 warn, 1 fail, 1 unknown\n"
    )


def test_without_anything_to_do_there_is_no_list_of_it() -> None:
    text = draw_diagnosis(diagnosis_of([Check("a", State.OK, "b")]), Paper())

    assert (
        text
        == "STATE   CHECK   FOUND\nok      a       b\n\n1 checks: 1 ok, 0 warn, 0 fail, 0 unknown\n"
    )


def test_the_base_is_known_for_what_it_is() -> None:
    path = ROOT / "deploy" / "kustomize" / "deployment.yaml"
    body = yaml.safe_load(path.read_text(encoding="utf-8"))

    one = installation_of(body)

    assert one is not None
    assert (one.path, one.account) == ("harbor-operator/harbor-operator", "harbor-operator")
    assert one.settings == {"log-levels-file": "/etc/harbor-operator/levels"}
    body["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    assert installation_of(body) is None
