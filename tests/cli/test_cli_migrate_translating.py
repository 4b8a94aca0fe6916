"""What becomes of another operator's objects."""

from harbor_operator.cli.migrating.translating import Translation, translated
from tests.support.custom_resources import Json


def foreign(kind: str, name: str, **spec: object) -> Json:
    """An object of the other operator in namespace web."""
    return {"kind": kind, "metadata": {"name": name, "namespace": "web"}, "spec": spec}


def specs(translation: Translation) -> list[Json]:
    """What the manifests say."""
    return [exported.body["spec"] for exported in translation.objects]


def test_a_project_is_observed_with_all_that_has_a_counterpart() -> None:
    project = foreign(
        "Project",
        "shop",
        public=True,
        storage_limit=1024,
        owner="alice",
        deletionPolicy="Orphan",
        metadata={
            "auto_scan": "true",
            "prevent_vul": "true",
            "severity": "high",
            "enable_content_trust_cosign": "true",
            "reuse_sys_cve_allowlist": "false",
        },
        cve_allowlist={"items": [{"cve_id": "CVE-2026-1"}], "expires_at": 1798761600},
    )

    translation = translated([project])

    assert specs(translation) == [
        {
            "managementPolicy": "Observe",
            "visibility": "Public",
            "scanning": {"onPush": True},
            "pullRestrictions": {
                "blockSeverity": "High",
                "requireCosignSignature": True,
                "allowedCVEs": {
                    "inheritSystem": False,
                    "ids": ["CVE-2026-1"],
                    "expiresAt": "2027-01-01T00:00:00Z",
                },
            },
            "storageQuota": 1024,
        }
    ]
    assert translation.objects[0].notes == (
        "deletionPolicy is not taken over: projects are retained by default, robots are not",
        "owner is not taken over: Harbor's owner of a project cannot be stated",
    )


def test_members_become_part_of_their_project() -> None:
    ref = {"name": "shop"}
    translation = translated(
        [
            foreign(
                "Member",
                "a",
                projectRef=ref,
                role="admin",
                memberUser={"userRef": {"name": "alice"}},
            ),
            foreign(
                "Member",
                "b",
                projectRef=ref,
                role="guest",
                memberGroup={"groupClaimRef": {"name": "ops"}},
            ),
            foreign("Member", "c", projectRef={"name": "gone"}, role="guest"),
            foreign(
                "Member",
                "d",
                projectRef=ref,
                role="guest",
                memberGroup={"groupClaimRef": {"name": "nobody"}},
            ),
            foreign("UserGroupClaim", "ops", groupName="operators", groupType=3),
            foreign("Project", "shop", public=False),
        ]
    )

    assert specs(translation)[0]["members"] == [
        {"kind": "User", "name": "alice", "role": "ProjectAdmin"},
        {"kind": "Group", "name": "operators", "groupType": "OIDC", "role": "Guest"},
    ]
    assert translation.notes == (
        "Member web/c is left out: its Project is not among those read",
        "Member web/d is left out: its UserGroupClaim is not among those read",
    )


def test_a_robot_is_suspended_with_the_same_rights() -> None:
    pull = [{"resource": "repository", "action": "pull", "effect": "allow"}]
    robot = foreign(
        "Robot",
        "ci",
        level="project",
        duration=30,
        permissions=[{"kind": "project", "projectRef": {"name": "shop"}, "access": pull}],
    )

    translation = translated([robot])

    assert specs(translation) == [
        {
            "access": [
                {
                    "projectRef": {"name": "shop"},
                    "permissions": [{"resource": "repository", "actions": ["pull"]}],
                }
            ],
            "lifetimeDays": 30,
            "secretName": "ci-login",
            "suspend": True,
        }
    ]
    assert translation.objects[0].notes[0].startswith("before you delete the old object")


def test_a_robot_for_everything_stays_one() -> None:
    pull = [{"resource": "repository", "action": "pull"}]
    listing = [{"resource": "project", "action": "list"}]
    rows = [{"kind": "project", "access": pull}, {"kind": "system", "access": listing}]

    [spec] = specs(translated([foreign("Robot", "all", level="system", permissions=rows)]))

    assert spec["access"][0]["allProjects"] is True
    assert spec["system"] == [{"resource": "project", "actions": ["list"]}]
    assert spec["lifetimeDays"] == "Never"


def test_what_cannot_be_said_is_named() -> None:
    every = [{"resource": "*", "action": "*"}]
    bad = foreign(
        "Robot", "any", level="system", permissions=[{"kind": "project", "access": every}]
    )

    translation = translated([bad, foreign("Quota", "shop", projectRef={"name": "shop"})])

    assert translation.objects == ()
    assert any(note.startswith("Robot web/any is left out: ") for note in translation.notes)
    assert any(note.startswith("Quota web/shop is not translated") for note in translation.notes)
