"""Whose a project is: looking at it, taking it over, sharing it, and keeping it as it should be."""

import pytest

from testbed.control_plane.api import Json
from testbed.endtoend.objects import condition, status_of
from tests.support.e2e_harbor import labels_of, make_project, owner_mark
from tests.support.e2e_manifests import OTHER_DEFAULTS
from tests.support.e2e_stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

RELEASED = "released:some-cluster/some-team/some-project"
"""The mark that an object leaves on a project that it kept; a new one may be taken over at once."""
SETTINGS: Json = {"scanning": {"onPush": True}, "labels": [{"name": "tier-1", "color": "#c0392b"}]}


async def test_observing_shows_the_plan_and_writes_nothing(stage: Stage) -> None:
    before = await make_project(stage, "observed")
    observing = stage.make.project("observed", {**SETTINGS, "managementPolicy": "Observe"})

    [seen] = await stage.ready(observing)

    assert condition(seen, "Ready")["reason"] == "Observed"
    assert condition(seen, "Synced")["reason"] == "ChangesPlanned"
    [claim, *settings] = status_of(seen)["plan"]
    assert (claim["block"], claim["action"]) == ("ownership", "Update")
    assert settings == [
        {
            "block": "scanning",
            "action": "Update",
            "fields": [{"field": "onPush", "from": "false", "to": "true"}],
        },
        {
            "block": "labels",
            "action": "Create",
            "target": "tier-1",
            "fields": [
                {"field": "color", "to": "#c0392b"},
                {"field": "description", "to": ""},
            ],
        },
    ]
    await stage.delete(observing)
    after = await stage.harbor_project("observed")
    assert after is not None
    assert after["metadata"] == before["metadata"]
    assert await labels_of(stage, before["project_id"]) == {}


async def test_having_observed_a_project_gives_no_right_to_it(stage: Stage) -> None:
    made = await make_project(stage, "only-seen")
    await stage.ready(stage.make.project("only-seen", {**SETTINGS, "managementPolicy": "Observe"}))
    full = stage.make.project("only-seen", SETTINGS)

    await stage.apply(full)

    await stage.until_reason(full, "NameConflict")
    assert await labels_of(stage, made["project_id"]) == {}


async def test_a_project_that_is_taken_over_gets_the_plan_and_can_be_given_back(
    stage: Stage,
) -> None:
    before = await make_project(stage, "adopted", RELEASED)
    full = stage.make.project("adopted", {**SETTINGS, "adoptionPolicy": "IfUnclaimed"})

    [adopted] = await stage.ready(full)

    project_id = before["project_id"]
    assert status_of(adopted)["projectID"] == project_id
    assert status_of(adopted)["ownership"]["state"] == "Adopted"
    mine = status_of(adopted)["ownership"]["mark"]
    assert await owner_mark(stage, project_id) == mine
    after = await stage.harbor_project("adopted")
    assert after is not None
    assert after["metadata"] == {**before["metadata"], "auto_scan": "true"}
    await stage.delete(full)
    released = await owner_mark(stage, project_id)
    assert released is not None
    assert released.startswith("released:")
    assert (await labels_of(stage, project_id))["tier-1"]["color"] == "#c0392b"


async def test_a_project_that_somebody_has_just_made_is_not_taken_over_yet(stage: Stage) -> None:
    made = await make_project(stage, "young")
    project = stage.make.project("young", {**SETTINGS, "adoptionPolicy": "IfUnclaimed"})

    await stage.apply(project)

    waiting = await stage.until_reason(project, "Progressing")
    assert "ten minutes" in condition(waiting, "Ready")["message"]
    assert await owner_mark(stage, made["project_id"]) is None


async def test_defaults_fill_what_a_project_leaves_out(stage: Stage) -> None:
    stated = {"pullRestrictions": {"blockSeverity": "Low"}}
    project = stage.make.project("defaults", stated, namespace=stage.make.other_namespace)

    [ready] = await stage.ready(project)

    seen = await stage.harbor_project("defaults")
    assert seen is not None
    assert OTHER_DEFAULTS["pullRestrictions"] != stated["pullRestrictions"]
    assert {"auto_scan": "true", "severity": "low"}.items() <= seen["metadata"].items()
    assert status_of(ready)["resolvedDefaults"] == [{"field": "scanning.onPush", "value": "true"}]


async def test_a_namespace_that_a_project_is_shared_with_may_look_at_it(stage: Stage) -> None:
    other = stage.make.other_namespace
    observe = {"managementPolicy": "Observe"}
    shared = {"sharedWith": [{"namespaces": {"names": [other]}, "access": "Pull"}]}
    theirs = stage.make.project("shared", observe, namespace=other)
    kept = stage.make.project("unshared", observe, namespace=other)

    [owned, _] = await stage.ready(
        stage.make.project("shared", shared), stage.make.project("unshared")
    )
    [seen] = await stage.ready(theirs)
    await stage.apply(kept)

    assert owned["spec"]["sharedWith"] == shared["sharedWith"]
    assert condition(seen, "Ready")["reason"] == "Observed"
    assert status_of(seen)["ownership"] == {"state": "Foreign"}
    await stage.until_reason(kept, "NameConflict")
    await stage.delete(theirs, kept)


async def test_what_only_a_look_at_the_project_shows_is_put_right_too(stage: Stage) -> None:
    [ready] = await stage.ready(stage.make.project("looked-at", SETTINGS))
    project_id = status_of(ready)["projectID"]
    label = (await labels_of(stage, project_id))["tier-1"]
    await stage.account.require("DELETE", f"/labels/{label['id']}")

    asked = stage.make.project("looked-at", SETTINGS, look="now")
    await stage.apply(asked)
    await stage.until(
        asked, lambda seen: "lastDriftTime" in status_of(seen), awaited="lastDriftTime"
    )

    assert "tier-1" in await labels_of(stage, project_id)
    [event] = await stage.events_of("looked-at", "DriftCorrected")
    assert event["note"].endswith(": labels.")
