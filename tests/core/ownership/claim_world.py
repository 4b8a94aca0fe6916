"""A small Harbor with one project, the objects that want it, and a look as the operator takes it.

Time counts in seconds. What only the model can know of the past stands beside what Harbor and
Kubernetes hold, so that a decision can be judged by what is true instead of by what it saw.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from harbor_operator.api.project import AdoptionPolicy, DeletionPolicy, OwnershipState
from harbor_operator.core.namespaces import Selection
from harbor_operator.core.ownership import RELEASED_PREFIX, Mark, parse_mark
from harbor_operator.core.plan import Plan
from harbor_operator.core.project.actions import Action
from harbor_operator.core.project.facts import (
    Desired,
    HarborProject,
    Observed,
    OwnerLabel,
    Recorded,
)
from harbor_operator.core.project.plan import plan
from harbor_operator.core.tenancy import TenantRule

NAME = "shop"
"""The project that everybody wants."""

CLAIM_PERIOD = 600
"""An unmarked project younger than this may be about to be marked by its maker."""

CLOCK_ALLOWANCE = 600
"""An intent counts at most this long before its object was made, whatever its annotation says."""

LONG_AGO = -1_000_000
"""A stated intent from before everything."""

GIVEN = TenantRule(Selection(names=("*",)), (NAME,))
ADOPTING = replace(GIVEN, may_adopt=True)
UNGIVEN = TenantRule(Selection(names=("*",)), ("other",))

_OWNING = frozenset({OwnershipState.OWNED, OwnershipState.ADOPTED})
_START = datetime(2026, 1, 1, tzinfo=UTC)


@cache
def instant(second: int) -> datetime:
    """A second of the model on the calendar."""
    return _START + timedelta(seconds=second)


def second_of(moment: datetime) -> int:
    """The second of the model at which a moment comes."""
    return (moment - _START) // timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Claimant:
    """A place for one custom resource: where it is, what its spec says, what its rule allows."""

    namespace: str = "blue"
    cluster: str = "east"
    adoption: AdoptionPolicy = AdoptionPolicy.NEVER
    deletion: DeletionPolicy = DeletionPolicy.RETAIN
    later: DeletionPolicy | None = None
    """What a person may change the deletion policy to."""
    confirmed: bool = False
    """Whether its objects carry the annotation that lets the contents go."""
    rule: TenantRule | None = field(default=GIVEN, hash=False)

    def mark(self, uid: int) -> Mark:
        """The mark of the object that lives here under a uid."""
        return Mark(self.cluster, self.namespace, "app", f"uid-{uid}")

    @property
    def is_given(self) -> bool:
        """Whether the tenant rule gives it the project."""
        return self.rule is not None and self.rule.allows_project(NAME, self.namespace)

    @property
    def may_adopt(self) -> bool:
        """Whether spec and tenant rule both want an existing project taken over."""
        asked = self.adoption is AdoptionPolicy.IF_UNCLAIMED
        return asked and self.rule is not None and self.is_given and self.rule.may_adopt

    @property
    def may_delete_adopted(self) -> bool:
        """Whether the tenant rule lets the contents of an adopted project go."""
        return self.rule is not None and self.rule.may_delete_adopted


@dataclass(frozen=True, slots=True)
class Project:
    """The project in Harbor."""

    id: int
    made: int
    by_us: bool = True
    """Whether the operators' own login made it."""
    repositories: int = 0
    label: OwnerLabel | None = None
    labels: int = 0
    """How many owner labels it has had; Harbor never uses an id twice."""
    maker: int | None = None
    """The uid of the object for which it was made, as long as that has not released it."""
    owners: frozenset[int] = frozenset()
    """The places of which it has carried a mark."""
    adopted: bool = False
    """Whether it was there before it was first claimed."""

    def labelled(self, text: str) -> "Project":
        """The project with a new owner label."""
        labels = self.labels + 1
        return replace(self, labels=labels, label=OwnerLabel(labels, text))

    def marked(self, text: str) -> "Project":
        """The project with another text in its owner label."""
        label = self.label
        return self if label is None else replace(self, label=OwnerLabel(label.id, text))

    @property
    def mark(self) -> str | None:
        """What its owner label says."""
        return None if self.label is None else self.label.mark


@dataclass(frozen=True, slots=True)
class CustomResource:
    """One HarborProject object."""

    uid: int
    made: int
    deleting: bool = False
    held: bool = False
    creating: int | None = None
    """The intent that its annotation states."""
    closed: int | None = None
    """The intent that its status has closed."""
    project_id: int | None = None
    """The project that its status has recorded."""
    state: OwnershipState | None = field(default=None, hash=False)
    """How its status says that the object stands to that project."""

    @property
    def owned_id(self) -> int | None:
        """The project that it owned by its status, as the engine accepts it."""
        return self.project_id if self.state in _OWNING else None

    @property
    def intent(self) -> int | None:
        """The open intent, as the engine accepts it."""
        if self.creating is None or self.creating == self.closed:
            return None
        return max(self.creating, self.made - CLOCK_ALLOWANCE)

    def has_begun(self, project: Project) -> bool:
        """Whether the project may be its own: by our login, and since its open intent."""
        return project.by_us and self.intent is not None and project.made >= self.intent

    def may_have_made(self, project: Project) -> bool:
        """Whether Harbor's record fits that this object made the project, whatever it says."""
        return project.by_us and project.made >= self.made - CLOCK_ALLOWANCE

    def is_believed(self, project: Project, *, may_adopt: bool) -> bool:
        """Whether its word to have owned the project counts."""
        return self.owned_id == project.id and (may_adopt or self.may_have_made(project))


@dataclass(frozen=True, slots=True)
class Scene:
    """Harbor and Kubernetes."""

    claimants: tuple[Claimant, ...] = field(hash=False)
    """Left out of the hash, since they hardly ever differ and a search hashes without end."""
    resources: tuple[CustomResource | None, ...]
    project: Project | None = None
    now: int = 0
    projects_made: int = 0
    resources_made: int = 0

    def put(self, place: int, resource: CustomResource | None) -> "Scene":
        """The scene with another object, or none, in a place."""
        resources = self.resources
        return replace(self, resources=(*resources[:place], resource, *resources[place + 1 :]))

    def respecify(self, place: int, claimant: Claimant) -> "Scene":
        """The scene with another spec or tenant rule in a place."""
        claimants = self.claimants
        return replace(self, claimants=(*claimants[:place], claimant, *claimants[place + 1 :]))

    def arise(self, place: int) -> "Scene":
        """The scene with a new object in a place, a second later than all before it."""
        made, now = self.resources_made + 1, self.now + 1
        return replace(self, resources_made=made, now=now).put(place, CustomResource(made, now))

    def make_project(self, project: Project) -> "Scene":
        """The scene with a new project, whose id is the next one."""
        made = self.projects_made + 1
        return replace(self, projects_made=made, project=replace(project, id=made, made=self.now))

    def mark_of(self, place: int, uid: int) -> Mark:
        """The mark of the object that a place has under a uid."""
        return self.claimants[place].mark(uid)

    def places_of(self, project: Project) -> list[int]:
        """The places to which a project's mark belongs, whatever the uid."""
        mark = parse_mark(project.mark or "")
        places = range(len(self.claimants))
        return [p for p in places if mark is not None and mark.same_place(self.mark_of(p, 0))]

    def is_owned_by(self, place: int, uid: int) -> bool:
        """Whether the project carries the mark of this very object."""
        mark = parse_mark(self.project.mark or "") if self.project else None
        return mark is not None and mark.same_object(self.mark_of(place, uid))


def is_of_place(text: str, own: Mark) -> bool:
    """Whether a mark, released or not, was written for an object of one place."""
    if text.startswith(RELEASED_PREFIX):
        return text in {own.released(), own.as_adopter().released()}
    mark = parse_mark(text)
    return mark is not None and mark.same_place(own)


def decide(scene: Scene, place: int, resource: CustomResource) -> Plan[Action]:
    """Let the shipped plan decide from what it may see: the only place that speaks its language."""
    claimant, project = scene.claimants[place], scene.project
    desired = Desired(name=NAME, adoption=claimant.adoption)
    observed = Observed(
        own=claimant.mark(resource.uid),
        held=resource.held,
        rule=claimant.rule,
        recorded=_recorded(resource, confirmed=claimant.confirmed),
        deletion=claimant.deletion,
        project=_seen(project) if project else None,
        label=project.label if project else None,
        repositories=_repositories(claimant, resource, project),
    )
    return plan(None if resource.deleting else desired, observed, instant(scene.now))


def _recorded(resource: CustomResource, *, confirmed: bool) -> Recorded:
    return Recorded(
        project_id=resource.owned_id,
        made=resource.state is OwnershipState.OWNED,
        object_made=instant(resource.made),
        intent=None if resource.intent is None else instant(resource.intent),
        intent_token=None if resource.creating is None else str(resource.creating),
        deletion_confirmed=confirmed,
    )


def _seen(project: Project) -> HarborProject:
    return HarborProject(
        id=project.id,
        created_at=instant(project.made),
        made_by_us=project.by_us,
        repository_count=project.repositories,
    )


def _repositories(
    claimant: Claimant, resource: CustomResource, project: Project | None
) -> tuple[str, ...]:
    listed = resource.deleting and claimant.deletion is DeletionPolicy.DELETE_WITH_CONTENTS
    return ("web",) if listed and project is not None and project.repositories else ()
