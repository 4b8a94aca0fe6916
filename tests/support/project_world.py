"""One project in Harbor and its object, on which a plan's actions are carried out.

The engine's part is played faithfully: it looks again after acting, and what Harbor refuses is
remembered for the rest of the reconcile.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from harbor_operator.api.blocks.members import MemberKind
from harbor_operator.api.conditions import Reason
from harbor_operator.core.plan import Plan
from harbor_operator.core.project.actions import (
    Action,
    BeginCreation,
    ChangeSetting,
    ClaimProject,
    CreateProject,
    DropMark,
    Hold,
    NoteRepair,
    RewriteMark,
)
from harbor_operator.core.project.blocks.allowed_cves import AllowedCVEs
from harbor_operator.core.project.blocks.members import MemberSeen
from harbor_operator.core.project.blocks.metadata import MetadataSeen, UpdateMetadata
from harbor_operator.core.project.blocks.proxy_cache import UpstreamSeen
from harbor_operator.core.project.blocks.quota import Quota
from harbor_operator.core.project.blocks.retention import PolicySeen, Rule
from harbor_operator.core.project.blocks.scanner import ScannersSeen
from harbor_operator.core.project.blocks.selectors import Reach
from harbor_operator.core.project.blocks.webhooks import WebhooksSeen
from harbor_operator.core.project.facts import Desired, HarborProject, Observed, OwnerLabel
from harbor_operator.core.project.plan import plan
from harbor_operator.core.secret import Secret
from harbor_operator.core.steps import Attempts, Trouble
from tests.support.harbor_settings import RefusedWriteError, carried_out, write_metadata

REGISTRIES = {"hub": 1, "mirror": 2}
SCANNERS = {"Trivy": "uuid-1", "Other": "uuid-2"}
CANARY = "canary-5d1e"
HEADERS = {("hook", "token"): Secret(CANARY), ("hook", "gone"): None}
HOSTS = ("hooks.example.com", "*.team.example")
CREATOR = MemberSeen(1, MemberKind.USER, "operator", 1, protected=True, own=True)
PROXY_POLICY = PolicySeen(
    3, "0 0 0 * * *", frozenset({Rule("nDaysSinceLastPull", 7, Reach(), untagged=True)})
)
"""Harbor gives one to each proxy cache (policies 71-72)."""


def newborn(create: CreateProject, registry_id: int | None) -> dict[str, Any]:
    """What a project has that Harbor has just made, by the blocks' names."""
    born = MetadataSeen({}, proxy=registry_id is not None)
    return {
        "proxyCache": UpstreamSeen(registry_id, registry_id),
        "metadata": write_metadata(born, UpdateMetadata(create.metadata)),
        "storageQuota": Quota(
            9, -1 if create.storage_bytes is None else create.storage_bytes, used=0
        ),
        "allowedCVEs": AllowedCVEs(),  # what the request says of it is ignored (projects 1-2)
        "scanner": ScannersSeen("Trivy", SCANNERS),
        "members": (CREATOR,),
        "immutableTags": (),
        "retention": None if registry_id is None else PROXY_POLICY,
        "labels": (),
        "webhooks": WebhooksSeen(secrets=HEADERS, allowed_hosts=HOSTS),
    }


@dataclass
class ProjectWorld:
    """Harbor, the object, and how far a reconcile has come."""

    desired: Desired
    seen: Observed
    now: datetime

    def plan(self) -> Plan[Action]:
        """Look and decide."""
        return plan(self.desired, self.seen, self.now)

    def converge(self, rounds: int) -> Plan[Action]:
        """Look and act until nothing is left; the last plan still has actions if it never is."""
        for _ in range(rounds):
            planned = self.plan()
            if not planned.actions:
                break
            for action in planned.actions:
                self.act(action)
        return planned

    def crash_after(self, actions: int, rounds: int) -> None:
        """Carry out the first actions and lose all that is only in memory."""
        for _, action in zip(range(actions), self._actions(rounds), strict=False):
            self.act(action)
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget what this reconcile has tried."""
        self.seen = replace(self.seen, attempts=Attempts())

    def _actions(self, rounds: int) -> Iterator[Action]:
        for _ in range(rounds):
            yield from self.plan().actions

    def act(self, action: Action) -> None:
        """Carry out one action."""
        seen, recorded = self.seen, self.seen.recorded
        match action:
            case Hold():
                self.seen = replace(seen, held=True)
            case BeginCreation(at):
                self.seen = replace(seen, held=True, recorded=replace(recorded, intent=at))
            case CreateProject():
                assert seen.project is None
                self.seen = self._created(action)
            case ClaimProject(mark):
                assert seen.label is None
                self.seen = replace(seen, label=OwnerLabel(5, mark.text()))
            case RewriteMark(_, label, text):
                assert seen.label == label
                self.seen = replace(seen, label=replace(label, mark=text))
            case DropMark(_, label):
                assert seen.label == label
                self.seen = replace(seen, label=None)
            case NoteRepair(repairs):
                self.seen = replace(seen, recorded=replace(recorded, repairs=repairs))
            case ChangeSetting():
                self._change(action)
            case _:
                raise AssertionError(f"{action} deletes")

    def _created(self, create: CreateProject) -> Observed:
        registry_id = None if create.registry is None else REGISTRIES[create.registry]
        return replace(
            self.seen,
            project=HarborProject(7, self.now, made_by_us=True, repository_count=0),
            settings=newborn(create, registry_id),
        )

    def _change(self, action: ChangeSetting) -> None:
        step, attempts = action.step, self.seen.attempts
        assert self.seen.project is not None
        assert action.project_id == self.seen.project.id
        refused, settings = dict(attempts.refused), dict(self.seen.settings)
        try:
            settings[step.source] = carried_out(step, settings[step.source])
        except RefusedWriteError:
            refused[step.key] = Trouble(Reason.INVALID_SPEC, "refused")
        tried = Attempts((*attempts.written, step), refused)
        self.seen = replace(self.seen, settings=settings, attempts=tried)
