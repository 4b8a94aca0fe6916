"""The effects of an operator's plan on the world, one at a time, as the engine carries them out."""

from dataclasses import dataclass, field, replace
from typing import TypeAlias

from harbor_operator.api.project import OwnershipState
from harbor_operator.core.ownership import RELEASED_PREFIX, Claim, Mark, claim_of
from harbor_operator.core.plan import Plan
from harbor_operator.core.project.actions import (
    Action,
    BeginCreation,
    ClaimProject,
    CreateProject,
    DeleteProject,
    DeleteRepository,
    DropMark,
    Hold,
    RewriteMark,
)
from harbor_operator.core.project.facts import OwnerLabel
from tests.core.ownership.claim_world import Claimant, CustomResource, Project, Scene, second_of


@dataclass(frozen=True, slots=True)
class Create:
    """`CreateProject` without the settings, which are no matter of ownership."""


@dataclass(frozen=True, slots=True)
class Report:
    """The status that is written when nothing is left to do."""

    project_id: int
    state: OwnershipState
    closed: int | None


@dataclass(frozen=True, slots=True)
class Release:
    """The finalizer is taken off, which ends a deletion."""


HarborStep: TypeAlias = (
    Create | ClaimProject | RewriteMark | DropMark | DeleteRepository | DeleteProject
)
Step: TypeAlias = Hold | BeginCreation | Report | Release | HarborStep

_SHOWN = (Hold, BeginCreation, ClaimProject, RewriteMark, DropMark, DeleteRepository, DeleteProject)


@dataclass(frozen=True, slots=True)
class Flight:
    """One reconcile under way: what it knows of its object, and what it has still to do."""

    place: int
    resource: CustomResource
    """The object as this reconcile has read or written it last."""
    claimant: Claimant = field(hash=False)
    """What spec and tenant rule said at its look."""
    steps: tuple[Step, ...] = ()
    created: int | None = None
    """The project that this reconcile has made."""
    dropped: bool = False
    """Whether it has taken a released mark away, to claim the project next."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the engine keeps to; a mutant keeps to less."""

    claims_by_post: bool = True
    rereads_before_deletion: bool = True
    rereads_before_rewriting: bool = True


SHIPPED = Rules()
Done: TypeAlias = tuple[Scene, Flight]


def steps_of(plan: Plan[Action], resource: CustomResource) -> tuple[Step, ...]:
    """What a plan comes to: its actions that matter here, or what is written at rest."""
    if plan.actions:
        created = (Create() if isinstance(a, CreateProject) else a for a in plan.actions)
        return tuple(step for step in created if isinstance(step, (Create, *_SHOWN)))
    if resource.deleting:
        return () if plan.verdicts else (Release(),)
    report = _report_in(plan, resource)
    read = (resource.project_id, resource.state, resource.closed)
    is_new = report is not None and (report.project_id, report.state, report.closed) != read
    return (report,) if report is not None and is_new else ()


def _report_in(plan: Plan[Action], resource: CustomResource) -> Report | None:
    project_id = plan.report.get("projectID")
    if project_id is None:
        return None
    state = OwnershipState(plan.report["ownership"]["state"])
    return Report(project_id, state, resource.creating)


def advance(scene: Scene, flight: Flight, rules: Rules) -> Done | None:
    """Carry out the next step; None when it fails, which ends the reconcile."""
    step, rest = flight.steps[0], replace(flight, steps=flight.steps[1:])
    match step:
        case Hold():
            return _write(scene, rest, replace(rest.resource, held=True))
        case BeginCreation(at):
            begun = replace(rest.resource, held=True, creating=second_of(at))
            return _write(scene, rest, begun)
        case Report():
            return _report(scene, rest, step)
        case Release():
            return _write(scene, rest, None)
        case _:
            return _change_harbor(scene, rest, step, rules)


def _change_harbor(scene: Scene, rest: Flight, step: HarborStep, rules: Rules) -> Done | None:
    match step:
        case Create():
            done = _create(scene, rest)
        case ClaimProject(mark, project_id):
            done = _claim(scene, rest, mark, project_id, rules)
        case RewriteMark(project_id, label, text):
            project = _unchanged(scene, project_id, label, rules)
            done = _rewrite(scene, rest, project, text)
        case DropMark(project_id, label):
            done = _drop(scene, rest, _unchanged(scene, project_id, label, rules))
        case DeleteRepository(project_id, _):
            done = _delete_repository(scene, rest, _deletable(scene, rest, project_id, rules))
        case DeleteProject(project_id):
            done = _delete_project(scene, rest, _deletable(scene, rest, project_id, rules))
    return done


def _write(scene: Scene, rest: Flight, changed: CustomResource | None) -> Done | None:
    """Write the object's metadata, by the version that was read."""
    if scene.resources[rest.place] != rest.resource:
        return None
    known = rest.resource if changed is None else changed
    return scene.put(rest.place, changed), replace(rest, resource=known)


def _report(scene: Scene, rest: Flight, report: Report) -> Done | None:
    """Merge into the status what differs from the one that was read, whoever lives there now."""
    present, read = scene.resources[rest.place], rest.resource
    if present is None:
        return None
    if report.project_id != read.project_id:
        present = replace(present, project_id=report.project_id)
    if report.state is not read.state:
        present = replace(present, state=report.state)
    if report.closed != read.closed:
        present = replace(present, closed=report.closed)
    return scene.put(rest.place, present), rest


def _create(scene: Scene, rest: Flight) -> Done | None:
    if scene.project is not None:
        return None
    changed = scene.make_project(Project(0, 0, maker=rest.resource.uid))
    return changed, replace(rest, created=changed.projects_made)


def _claim(
    scene: Scene, rest: Flight, mark: Mark, project_id: int | None, rules: Rules
) -> Done | None:
    """POST the owner label: Harbor takes only one of that name."""
    project = _of_id(scene, rest.created if project_id is None else project_id)
    if project is None or (project.label is not None and rules.claims_by_post):
        return None
    adopted = project.adopted or mark.adopted or not project.by_us
    claimed = replace(project.labelled(mark.text()), adopted=adopted)
    return _owned(scene, claimed), replace(rest, created=project.id)


def _rewrite(scene: Scene, rest: Flight, project: Project | None, text: str) -> Done | None:
    if project is None:
        return None
    rewritten = project.marked(text)
    if text.startswith(RELEASED_PREFIX):
        rewritten = replace(rewritten, maker=None)
    return _owned(scene, rewritten), rest


def _drop(scene: Scene, rest: Flight, project: Project | None) -> Done | None:
    if project is None:
        return None
    return replace(scene, project=replace(project, label=None)), replace(rest, dropped=True)


def _unchanged(scene: Scene, project_id: int, label: OwnerLabel, rules: Rules) -> Project | None:
    """The project, if its owner label still is what the plan was made from."""
    project = _of_id(scene, project_id)
    if project is None or project.label is None:
        return None
    same = project.label == label or not rules.rereads_before_rewriting
    return project if same else None


def _delete_repository(scene: Scene, rest: Flight, project: Project | None) -> Done | None:
    if project is None:
        return None
    return replace(scene, project=replace(project, repositories=0)), rest


def _delete_project(scene: Scene, rest: Flight, project: Project | None) -> Done | None:
    """Delete by id; Harbor refuses it for a project that has repositories."""
    if project is None or project.repositories:
        return None
    return replace(scene, project=None), rest


def _deletable(scene: Scene, rest: Flight, project_id: int, rules: Rules) -> Project | None:
    """The project, if its mark is the object's own, which is read together with the deletion."""
    project, own = _of_id(scene, project_id), rest.claimant.mark(rest.resource.uid)
    if project is None or not rules.rereads_before_deletion:
        return project
    return project if claim_of(project.mark, own) is Claim.OURS else None


def _of_id(scene: Scene, project_id: int | None) -> Project | None:
    project = scene.project
    return project if project is not None and project.id == project_id else None


def _owned(scene: Scene, project: Project) -> Scene:
    """The scene with its project changed, and remembered whose it has become."""
    owners = project.owners.union(scene.places_of(project))
    return replace(scene, project=replace(project, owners=owners))
