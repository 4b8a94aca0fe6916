"""The plugin's own facts are those of the definitions."""

import pytest

from harbor_operator.api import base
from harbor_operator.api.crds import KINDS as DEFINED
from harbor_operator.api.resources import Scope
from harbor_operator.cli.acting.actions import REQUESTS, annotation_of, echo_of
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.kinds import (
    CONNECTION,
    GROUP,
    KINDS,
    PROJECT,
    PULL_SECRET,
    ROBOT,
    VERSION,
    Action,
    Kind,
    read_target,
)

ANNOTATIONS = {
    Action.RECONCILE: base.ANNOTATION_RECONCILE,
    Action.ROTATE: base.ANNOTATION_ROTATE,
    Action.REVOKE: base.ANNOTATION_REVOKE,
}


def test_the_kinds_are_those_that_are_defined() -> None:
    assert (GROUP, VERSION) == (base.GROUP, base.VERSION)
    ours = {
        (k.resource.kind, k.resource.plural, k.resource.namespaced, (k.short_name,)) for k in KINDS
    }
    assert ours == {(d.kind, d.plural, d.scope is Scope.NAMESPACED, d.short_names) for d in DEFINED}


def test_each_request_is_an_annotation_that_the_status_of_its_kinds_echoes() -> None:
    assert {action: annotation_of(action) for action in REQUESTS} == ANNOTATIONS
    defined = {d.kind: d for d in DEFINED}
    for kind in KINDS:
        fields = {info.alias for info in defined[kind.resource.kind].status.model_fields.values()}
        assert {a for a in REQUESTS if echo_of(a) in fields} == kind.actions & REQUESTS


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("robot/ci", ROBOT),
        ("robots/ci", ROBOT),
        ("hrobot/ci", ROBOT),
        ("HarborRobot/ci", ROBOT),
        ("harborrobots/ci", ROBOT),
        ("harborrobots.harbor-operator.dev/ci", ROBOT),
        ("harborrobots.v1alpha1.harbor-operator.dev/ci", ROBOT),
        ("project/ci", PROJECT),
        ("hproj/ci", PROJECT),
        ("pullsecret/ci", PULL_SECRET),
        ("hpull/ci", PULL_SECRET),
        ("connection/ci", CONNECTION),
        ("hconn/ci", CONNECTION),
        ("clusterharborconnections/ci", CONNECTION),
    ],
)
def test_a_kind_may_be_spelled_as_kubectl_takes_it(text: str, kind: Kind) -> None:
    target = read_target(text)

    assert (target.kind, target.name) == (kind, "ci")
    assert str(target) == f"{kind.word}/ci"


@pytest.mark.parametrize("text", ["robot", "robot/", "/ci", "robot/a/b", "pod/ci", "robot.x.y/ci"])
def test_what_names_no_object_is_a_usage_error(text: str) -> None:
    with pytest.raises(CommandError) as caught:
        read_target(text)

    assert caught.value.code is ExitCode.USAGE
