from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from harbor_operator.api.conditions import Condition, ConditionStatus, ConditionType, Reason
from harbor_operator.api.connection import CONNECTIONS, ConnectionSpec
from harbor_operator.api.model import wire_name
from harbor_operator.api.project import PROJECTS, ProjectSpec
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS, RobotSpec, RobotStatus
from harbor_operator.api.rotation import Rotation, RotationStrategy, RotationWindow
from harbor_operator.api.tenants import Access, TenantRule

MINIMAL_CONNECTION = {
    "url": "https://harbor.example.com",
    "credentialsSecretRef": {"namespace": "harbor-operator", "name": "harbor-admin"},
}
MINIMAL_ROBOT = {"access": [{"projectRef": {"name": "payments"}, "preset": "Pull"}]}


def body(spec: dict[str, Any], **metadata: object) -> dict[str, Any]:
    return {"metadata": {"name": "payments", "namespace": "team-a", **metadata}, "spec": spec}


@pytest.mark.parametrize(
    ("attribute", "name"),
    [
        ("url", "url"),
        ("project_name", "projectName"),
        ("robot_id", "robotID"),
        ("allow_plain_http", "allowPlainHTTP"),
        ("sbom_on_push", "sbomOnPush"),
        ("ca_bundle_ref", "caBundleRef"),
        ("allowed_cves", "allowedCVEs"),
        ("bandwidth_kbps", "bandwidthKBps"),
        ("insecure_skip_tls_verify", "insecureSkipTLSVerify"),
    ],
)
def test_names_follow_kubernetes_on_the_wire(attribute: str, name: str) -> None:
    assert wire_name(attribute) == name


def test_an_object_is_read_with_its_metadata() -> None:
    project = PROJECTS.parse(
        body(
            {"projectName": "pay"},
            uid="u-1",
            generation=3,
            resourceVersion="77",
            annotations={"a": "b"},
            finalizers=["f"],
        )
    )

    assert project.spec.project_name == "pay"
    assert project.metadata.generation == 3
    assert project.metadata.resource_version == "77"
    assert project.metadata.finalizers == ("f",)
    assert project.annotation("a") == "b"
    assert project.annotation("c") is None
    assert str(project.key) == "team-a/payments"
    assert not project.deleting


def test_an_object_with_a_deletion_timestamp_is_being_deleted() -> None:
    project = PROJECTS.parse(body({}, deletionTimestamp="2026-01-01T00:00:00Z"))

    assert project.deleting


def test_the_key_of_a_cluster_scoped_object_is_its_name() -> None:
    connection = CONNECTIONS.parse({"metadata": {"name": "default"}, "spec": MINIMAL_CONNECTION})

    assert str(connection.key) == "default"


def test_an_object_nobody_looked_at_has_an_empty_status() -> None:
    project = PROJECTS.parse({**body({}), "status": {"observedGeneration": -1}})

    assert project.status == PROJECTS.parse(body({})).status
    assert project.status.observed_generation == -1
    assert project.status.condition(ConditionType.READY) is None


def test_a_status_that_does_not_fit_is_read_as_the_empty_one() -> None:
    robot = ROBOTS.parse({**body(MINIMAL_ROBOT), "status": {"robotID": "seven", "username": "u"}})

    assert robot.status == RobotStatus()


def test_a_spec_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValidationError, match="lifetimeDays"):
        ROBOTS.parse(body({"lifetimeDays": 0}))


def test_fields_of_a_newer_version_are_ignored() -> None:
    project = PROJECTS.parse(body({"visibility": "Public", "fromTheFuture": True}))

    assert project.spec.visibility == "Public"


def test_what_a_project_does_not_say_is_unmanaged() -> None:
    spec = ProjectSpec()

    assert spec.visibility is None
    assert spec.storage_bytes is None
    assert spec.scanning.on_push is None
    assert spec.pull_restrictions.block_severity is None
    assert spec.pull_restrictions.allowed_cves is None
    assert spec.retention is None
    assert spec.immutable_tags is None
    assert spec.labels is None
    assert spec.webhooks is None
    assert spec.members_policy is None


def test_an_empty_list_is_a_wish_of_its_own_but_for_members() -> None:
    spec = ProjectSpec.model_validate({"labels": [], "webhooks": [], "members": []})

    assert spec.labels == ()
    assert spec.webhooks == ()
    assert spec.members == ProjectSpec().members


def test_destructive_choices_are_never_the_default() -> None:
    spec = ProjectSpec()

    assert spec.adoption_policy == "Never"
    assert spec.deletion_policy == "Retain"
    assert spec.members_policy != "Exact"


@pytest.mark.parametrize(
    ("stated", "name"), [({}, "payments"), ({"projectName": "pay"}, "pay")], ids=["default", "set"]
)
def test_a_project_is_named_like_its_object_unless_told_otherwise(
    stated: dict[str, Any], name: str
) -> None:
    project = PROJECTS.parse(body(stated))

    assert project.spec.name_in_harbor(project.metadata.name) == name


def test_secrets_are_named_like_their_object_unless_told_otherwise() -> None:
    robot = ROBOTS.parse(body(MINIMAL_ROBOT))
    pull_secret = PULL_SECRETS.parse(body({"robotRef": {"name": "r"}, "secretName": "pull"}))

    assert robot.spec.secret_name_for(robot.metadata.name) == "payments"
    assert pull_secret.spec.secret_name_for(pull_secret.metadata.name) == "pull"


def test_quotas_are_given_in_bytes() -> None:
    assert ProjectSpec(storage_quota="1Gi").storage_bytes == 2**30
    assert ProjectSpec(storage_quota="Unlimited").storage_bytes == -1


def test_a_connection_without_tenants_lets_each_namespace_have_its_own_projects() -> None:
    (rule,) = ConnectionSpec.model_validate(MINIMAL_CONNECTION).tenant_rules

    assert rule.namespaces.names == ("*",)
    assert rule.projects == ("{namespace}", "{namespace}.*")
    assert rule.max_access is Access.PULL_PUSH
    assert rule.max_robot_lifetime_days == 365
    assert rule.max_storage_bytes == -1
    assert not rule.may_adopt
    assert not rule.may_delete_adopted
    assert not rule.allow_never_expire
    assert not rule.allow_public


def test_a_connection_with_an_empty_list_of_tenants_has_no_rule() -> None:
    spec = ConnectionSpec.model_validate({**MINIMAL_CONNECTION, "tenants": []})

    assert spec.tenant_rules == ()


def test_a_tenants_quota_is_given_in_bytes() -> None:
    rule = TenantRule.model_validate({"namespaces": {"names": ["a"]}, "maxStorageQuota": "2Ki"})

    assert rule.max_storage_bytes == 2048


def test_a_connection_is_compared_with_harbor_every_ten_minutes_by_default() -> None:
    spec = ConnectionSpec.model_validate(MINIMAL_CONNECTION)

    assert spec.drift_check_interval == timedelta(minutes=10)
    assert (spec.requests.timeout_seconds, spec.requests.max_concurrent) == (30, 8)


def test_a_distribution_rule_reads_from_and_to() -> None:
    spec = ConnectionSpec.model_validate(
        {
            **MINIMAL_CONNECTION,
            "distribution": [{"from": ["platform"], "to": {"names": ["*"], "exclude": ["kube-*"]}}],
        }
    )

    assert spec.distribution[0].sources == ("platform",)
    assert spec.distribution[0].targets.exclude == ("kube-*",)


def test_a_rotation_gives_lengths_of_time() -> None:
    assert Rotation().interval is None
    assert Rotation().overlap_interval == timedelta(hours=1)
    assert Rotation().jitter_interval == timedelta(0)
    assert Rotation(every="720h", overlap="2h").interval == timedelta(days=30)
    assert Rotation(jitter="1m30s").jitter_interval == timedelta(seconds=90)
    assert RotationWindow(schedule="0 1 * * *", duration="4h").length == timedelta(hours=4)


def test_a_rotation_makes_another_robot_unless_it_says_otherwise() -> None:
    assert Rotation().strategy is RotationStrategy.REPLACE
    assert Rotation.model_validate({"strategy": "Refresh"}).strategy is RotationStrategy.REFRESH


@pytest.mark.parametrize("lifetime", [1, 3650, "Never"])
def test_a_lifetime_is_a_number_of_days_or_never(lifetime: int | str) -> None:
    spec = RobotSpec.model_validate({**MINIMAL_ROBOT, "lifetimeDays": lifetime})

    assert spec.lifetime_days == lifetime


@pytest.mark.parametrize("lifetime", [0, 3651, "Always"])
def test_any_other_lifetime_is_refused(lifetime: int | str) -> None:
    with pytest.raises(ValidationError, match="lifetimeDays"):
        RobotSpec.model_validate({**MINIMAL_ROBOT, "lifetimeDays": lifetime})


def test_models_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        ProjectSpec().suspend = True  # type: ignore[misc]  # What the types forbid is tried here.


def test_a_status_is_written_without_what_it_does_not_know() -> None:
    condition = Condition(
        type=ConditionType.READY,
        status=ConditionStatus.FALSE,
        reason=Reason.NAME_CONFLICT,
        message="taken",
        last_transition_time=datetime(2026, 1, 1, 0, 0, 0, 9, tzinfo=UTC),
        observed_generation=4,
    )

    written = RobotStatus(observed_generation=4, robot_id=7, conditions=(condition,)).to_wire()

    assert written == {
        "observedGeneration": 4,
        "robotID": 7,
        "previous": [],
        "history": [],
        "conditions": [
            {
                "type": "Ready",
                "status": "False",
                "reason": "NameConflict",
                "message": "taken",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
                "observedGeneration": 4,
            }
        ],
    }


def test_a_condition_of_an_unknown_type_and_reason_is_read() -> None:
    project = PROJECTS.parse(
        {
            **body({}),
            "status": {
                "conditions": [
                    {
                        "type": "Newfangled",
                        "status": "True",
                        "reason": "FromTheFuture",
                        "lastTransitionTime": "2026-01-01T00:00:00Z",
                    }
                ]
            },
        }
    )

    condition = project.status.condition("Newfangled")

    assert condition is not None
    assert condition.reason == "FromTheFuture"
