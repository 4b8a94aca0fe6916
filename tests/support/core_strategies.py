"""Hypothesis strategies for what the core decides about."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from harbor_operator.api.conditions import Condition, ConditionStatus, ConditionType, Reason
from harbor_operator.api.project import AdoptionPolicy, DeletionPolicy, ManagementPolicy
from harbor_operator.core.namespaces import Namespace, Operator, Requirement, Selection
from harbor_operator.core.ownership import Mark
from harbor_operator.core.plan import Verdict
from harbor_operator.core.project import facts as project
from harbor_operator.core.project.blocks.metadata import MetadataSeen
from harbor_operator.core.project.blocks.quota import Quota
from harbor_operator.core.robot.ledger import LAST_NUMBER, Attempt, Cause, Credential, Ledger
from harbor_operator.core.secret import Secret
from harbor_operator.core.tenancy import TenantRule

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMES = ("team", "team-a", "shop")
"""Namespaces of which one is the beginning of another."""

PROJECTS = ("team", "team-a", "team-a.x", "team.x", "shop", "library")
_GLOBS = ("*", "team", "team*", "team-*", "shop", "{namespace}", "{namespace}.*", "lib*")
_LABELS = st.dictionaries(st.sampled_from(["tier"]), st.sampled_from(["gold", "iron"]))

instants = st.integers(-(10**13), 10**13).map(lambda n: NOW + timedelta(microseconds=n))
namespaces = st.builds(Namespace, name=st.sampled_from(NAMES), labels=_LABELS)

_requirements = st.builds(
    Requirement,
    key=st.just("tier"),
    operator=st.sampled_from(Operator),
    values=st.frozensets(st.sampled_from(["gold", "iron"])),
)
selections = st.builds(
    Selection,
    names=st.none() | st.lists(st.sampled_from(_GLOBS[:5]), max_size=2).map(tuple),
    selector=st.none() | st.lists(_requirements, max_size=2).map(tuple),
    exclude=st.lists(st.sampled_from(_GLOBS[:5]), max_size=1).map(tuple),
)
tenant_rules = st.builds(
    TenantRule,
    namespaces=selections,
    projects=st.lists(st.sampled_from(_GLOBS), max_size=3).map(tuple),
    may_adopt=st.booleans(),
    may_delete_adopted=st.booleans(),
    allow_public=st.booleans(),
)
tenants = st.none() | st.lists(tenant_rules, max_size=4).map(tuple)

marks = st.builds(
    Mark,
    cluster=st.sampled_from(["cluster", "elsewhere"]),
    namespace=st.sampled_from(NAMES),
    name=st.sampled_from(["app", "web"]),
    uid=st.sampled_from(["uid-1", "uid-2"]),
    adopted=st.booleans(),
)
mark_texts = st.one_of(
    marks.map(Mark.text), marks.map(Mark.released), st.just(""), st.text(max_size=8)
)

desired_projects = st.builds(
    project.Desired,
    name=st.sampled_from(PROJECTS),
    settings=st.fixed_dictionaries(
        {},
        optional={
            "metadata": st.sampled_from([{"visibility": "Public"}, {"scanning.onPush": "true"}]),
            "storageQuota": st.sampled_from([-1, 50]),
        },
    ),
    adoption=st.sampled_from(AdoptionPolicy),
)


def observed_projects(own: Mark, rule: TenantRule | None) -> st.SearchStrategy[project.Observed]:
    """Any project that an object may come upon."""
    return st.builds(
        project.Observed,
        own=st.just(own),
        held=st.booleans(),
        rule=st.just(rule),
        recorded=st.builds(
            project.Recorded,
            project_id=st.none() | st.sampled_from([7, 8]),
            intent=st.none() | instants,
            deletion_confirmed=st.booleans(),
        ),
        management=st.sampled_from(ManagementPolicy),
        deletion=st.sampled_from(DeletionPolicy),
        project=st.none()
        | st.builds(
            project.HarborProject,
            id=st.just(7),
            created_at=instants,
            made_by_us=st.booleans(),
            repository_count=st.sampled_from([0, 2]),
        ),
        label=st.none() | st.builds(project.OwnerLabel, id=st.just(5), mark=mark_texts),
        settings=st.just({"metadata": MetadataSeen({}), "storageQuota": Quota(9, 100, 40)}),
    )


conditions = st.builds(
    Condition,
    type=st.sampled_from([type_.value for type_ in ConditionType]),
    status=st.sampled_from(ConditionStatus),
    reason=st.sampled_from([reason.value for reason in Reason]),
    message=st.text(max_size=5),
    lastTransitionTime=instants,
    observedGeneration=st.integers(0, 9),
)
condition_lists = st.lists(conditions, max_size=6, unique_by=lambda condition: condition.type)
verdict_lists = st.lists(
    st.builds(
        Verdict,
        type=st.sampled_from(ConditionType),
        status=st.sampled_from(ConditionStatus),
        reason=st.sampled_from(Reason),
        message=st.text(max_size=5),
    ),
    max_size=4,
    unique_by=lambda verdict: verdict.type,
)

_numbers = st.integers(1, LAST_NUMBER)
_tokens = st.none() | st.text(max_size=12)
credentials = st.builds(
    Credential,
    n=_numbers,
    robot_id=st.integers(1),
    username=st.text(),
    password=st.text().map(Secret),
    minted_at=instants,
    cause=st.sampled_from(Cause),
)
ledgers = st.builds(
    Ledger,
    live=st.none() | credentials,
    pending=st.none() | credentials,
    attempt=st.none()
    | st.builds(
        Attempt,
        n=_numbers,
        cause=st.sampled_from(Cause),
        token=_tokens,
        lost=st.lists(_numbers, max_size=3).map(tuple),
    ),
    handled=_tokens,
)
