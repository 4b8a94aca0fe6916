"""What every kind has in common, on a real API server."""

from datetime import UTC, datetime
from typing import Any

import pytest

from harbor_operator.api.base import API_VERSION, GROUP, Status
from harbor_operator.api.conditions import Condition, ConditionStatus, ConditionType, Reason
from harbor_operator.api.connection import (
    CONNECTIONS,
    ConnectionStatus,
    Identity,
    IdentityKind,
    RevocationStatus,
)
from harbor_operator.api.crds import KINDS
from harbor_operator.api.project import (
    PROJECTS,
    FieldChange,
    Ownership,
    OwnershipState,
    PlannedAction,
    PlannedChange,
    ProjectStatus,
    QuotaStatus,
    ResolvedDefault,
)
from harbor_operator.api.pullsecret import (
    PULL_SECRETS,
    LeavingNamespace,
    PullSecretStatus,
    RolloutReport,
    RolloutState,
    TargetCounts,
    TargetFailure,
)
from harbor_operator.api.registries import RegistryStatus
from harbor_operator.api.robot import (
    ROBOTS,
    PreviousRobot,
    RobotStatus,
    RotationRecord,
    RotationResult,
)
from tests.support.custom_resources import (
    DEFINITIONS,
    MINIMAL_SPECS,
    AnyKind,
    Server,
    path_of,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
READY = Condition(
    type=ConditionType.READY,
    status=ConditionStatus.TRUE,
    reason=Reason.SUCCEEDED,
    message="all is well",
    last_transition_time=NOON,
    observed_generation=1,
)
COMMON: dict[str, Any] = {
    "observed_generation": 1,
    "last_handled_reconcile_at": "now-1",
    "conditions": (READY,),
}
FULL_STATUSES: dict[str, Status] = {
    CONNECTIONS.kind: ConnectionStatus(
        harbor_version="v2.16.0",
        identity=Identity(kind=IdentityKind.ROBOT, name="robot$operator"),
        robot_name_prefix="robot$",
        registry_hosts=("harbor.example.com",),
        token_lifetime_seconds=1800,
        clock_skew_seconds=-2,
        registries=(RegistryStatus(name="dockerhub", id=3, credentials_version="77"),),
        revocation=RevocationStatus(token="leak-1", total=3, done=1, failed=1, message="waits"),
        last_handled_revoke_at="leak-0",
        **COMMON,
    ),
    PROJECTS.kind: ProjectStatus(
        project_id=7,
        project_name="example",
        url="https://harbor.example.com/harbor/projects/7",
        repository_count=0,
        quota=QuotaStatus(hard=-1, used=0),
        ownership=Ownership(state=OwnershipState.OWNED, mark="c/default/example/u"),
        last_handled_intent="i-1",
        managed_members=("User/alice", "Group/cn=dev,ou=groups,dc=example"),
        resolved_defaults=(ResolvedDefault(field="scanning.onPush", value="true"),),
        plan=(
            PlannedChange(
                block="members",
                action=PlannedAction.UPDATE,
                target="User/alice",
                fields=(FieldChange(field="role", before="Guest", after="Developer"),),
            ),
        ),
        last_drift_time=NOON,
        repairs=(NOON,),
        **COMMON,
    ),
    ROBOTS.kind: RobotStatus(
        robot_id=9,
        username="robot$payments+ci-2",
        expires_at=datetime(2099, 1, 1, tzinfo=UTC),
        rotated_at=NOON,
        next_rotation_at=NOON,
        previous=(
            PreviousRobot(
                n=1, robot_id=8, username="robot$payments+ci-1", since=NOON, remove_after=NOON
            ),
        ),
        secret_name="example",
        withdrawn_at=NOON,
        history=(RotationRecord(time=NOON, reason="Due", result=RotationResult.SUCCEEDED),),
        credential_revision="2.3",
        last_handled_rotate_at="now-1",
        last_handled_revoke_at="leak-1",
        last_handled_connection_revoke_at="leak-0",
        **COMMON,
    ),
    PULL_SECRETS.kind: PullSecretStatus(
        secret_name="example",
        robot_name="robot$payments+ci-2",
        targets=TargetCounts(desired=3, ready=1, failed=1, denied=1),
        failures=(TargetFailure(namespace="team-b", reason=Reason.SECRET_NOT_OWNED),),
        credential_revision="2",
        credential_expires_at=NOON,
        child_robot="example-robot",
        leaving=(LeavingNamespace(namespace="team-c", since=NOON),),
        selection="0123456789ab",
        rollout=RolloutReport(robot_name="robot$payments+ci-3", state=RolloutState.PAUSED),
        verified_at=NOON,
        last_handled_resume_at="now-1",
        **COMMON,
    ),
}
COLUMNS: dict[str, dict[str, object]] = {
    CONNECTIONS.kind: {"Version": "v2.16.0", "Identity": "robot$operator"},
    PROJECTS.kind: {
        "Project": "example",
        "Repositories": 0,
        "Ownership": "Owned",
        "Synced": None,
        "Policy": "Full",
    },
    ROBOTS.kind: {
        "Username": "robot$payments+ci-2",
        "Secret": "example",
        "Expires": "2099-01-01T00:00:00Z",
    },
    PULL_SECRETS.kind: {"Secret": "example", "Targets": 1, "Desired": 3},
}

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)


@each_kind
async def test_a_kind_is_established(server: Server, kind: AnyKind) -> None:
    answer = await server.ask("GET", f"{DEFINITIONS}/{kind.plural}.{GROUP}")

    conditions = {entry["type"]: entry["status"] for entry in answer.body["status"]["conditions"]}
    assert conditions["Established"] == "True"
    assert conditions["NamesAccepted"] == "True"
    assert conditions.get("NonStructuralSchema") is None


async def test_kinds_are_found_by_short_name_and_category(server: Server) -> None:
    answer = await server.ask("GET", f"/apis/{API_VERSION}")

    found = {
        entry["kind"]: (entry["shortNames"], entry["categories"])
        for entry in answer.body["resources"]
        if "/" not in entry["name"]
    }
    assert found == {
        "ClusterHarborConnection": (["hconn"], ["harbor"]),
        "HarborProject": (["hproj"], ["harbor"]),
        "HarborRobot": (["hrobot"], ["harbor"]),
        "HarborPullSecret": (["hpull"], ["harbor"]),
    }


@each_kind
async def test_the_smallest_spec_is_accepted_and_says_that_nobody_looked(
    server: Server, kind: AnyKind
) -> None:
    answer = await server.try_create(kind, MINIMAL_SPECS[kind.kind])

    assert answer.status == 201, answer.message
    assert answer.body["status"] == {"observedGeneration": -1}
    assert kind.parse(answer.body).status.observed_generation == -1


@each_kind
async def test_a_spec_is_required(server: Server, kind: AnyKind) -> None:
    answer = await server.try_create(kind, None)

    assert answer.status == 422
    assert "spec: Required value" in answer.message


@each_kind
async def test_a_full_status_is_stored_as_it_is(server: Server, kind: AnyKind) -> None:
    status = FULL_STATUSES[kind.kind]
    async with server.stored(kind, MINIMAL_SPECS[kind.kind]):
        answer = await server.report(kind, status.to_wire())

    assert answer.status == 200, answer.message
    assert answer.body["status"] == status.to_wire()
    assert kind.parse(answer.body).status == status


@each_kind
async def test_a_full_status_leaves_no_field_out(kind: AnyKind) -> None:
    assert FULL_STATUSES[kind.kind].model_fields_set == set(kind.status.model_fields)


@each_kind
async def test_the_operators_own_record_is_kept(server: Server, kind: AnyKind) -> None:
    record = {"operator": {"progress": {"reconcile": {"retries": 1}}, "touch": "x"}}
    async with server.stored(kind, MINIMAL_SPECS[kind.kind]):
        answer = await server.report(kind, record)

    assert answer.body["status"] == {"observedGeneration": -1, **record}


@each_kind
async def test_a_status_write_changes_no_generation(server: Server, kind: AnyKind) -> None:
    async with server.stored(kind, MINIMAL_SPECS[kind.kind]) as created:
        answer = await server.report(kind, {"observedGeneration": 1})

    assert answer.body["metadata"]["generation"] == created["metadata"]["generation"] == 1


@each_kind
async def test_the_columns_show_what_matters(server: Server, kind: AnyKind) -> None:
    table = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
    async with server.stored(kind, MINIMAL_SPECS[kind.kind]):
        await server.report(kind, FULL_STATUSES[kind.kind].to_wire())
        answer = await server.ask("GET", f"{path_of(kind)}/example", headers=table)

    names = [column["name"] for column in answer.body["columnDefinitions"]]
    cells = dict(zip(names, answer.body["rows"][0]["cells"], strict=True))
    expected: dict[str, object] = {"Ready": "True", "Reason": "Succeeded", "Message": "all is well"}
    assert cells.items() >= (expected | COLUMNS[kind.kind]).items()
    assert names[-1] == "Age"


@pytest.mark.parametrize(
    ("kind", "selector"),
    [
        (PROJECTS, "spec.connectionRef.name=default"),
        (ROBOTS, "spec.connectionRef.name=default"),
        (PULL_SECRETS, "spec.robotRef.name=payments-pull"),
    ],
    ids=["project", "robot", "pull secret"],
)
async def test_objects_are_selected_by_what_they_refer_to(
    server: Server, kind: AnyKind, selector: str
) -> None:
    async with server.stored(kind, MINIMAL_SPECS[kind.kind]):
        answer = await server.ask("GET", f"{path_of(kind)}?fieldSelector={selector}")
        others = await server.ask("GET", f"{path_of(kind)}?fieldSelector={selector}-other")

    assert [item["metadata"]["name"] for item in answer.body["items"]] == ["example"]
    assert others.body["items"] == []


@pytest.mark.parametrize("kind", [PROJECTS, ROBOTS], ids=lambda kind: kind.kind)
async def test_the_connection_defaults_to_default_and_stays(server: Server, kind: AnyKind) -> None:
    async with server.stored(kind, MINIMAL_SPECS[kind.kind]) as created:
        answer = await server.try_update(kind, {"connectionRef": {"name": "other"}})

    assert created["spec"]["connectionRef"] == {"name": "default"}
    assert answer.status == 422
    assert "spec.connectionRef: Invalid value" in answer.message
    assert "connectionRef is immutable" in answer.message


@each_kind
async def test_an_object_can_be_suspended_and_resumed(server: Server, kind: AnyKind) -> None:
    async with server.stored(kind, MINIMAL_SPECS[kind.kind]):
        suspended = await server.try_update(kind, {"suspend": True})
        resumed = await server.try_update(kind, {"suspend": None})

    assert kind.parse(suspended.body).spec.suspend
    assert not kind.parse(resumed.body).spec.suspend
