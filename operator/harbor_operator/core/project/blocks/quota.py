"""How much a project may store. Harbor keeps it apart from the project, as a quota."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from typing_extensions import override

from harbor_operator.api.conditions import Reason
from harbor_operator.api.project import ProjectSpec, ProjectStatus
from harbor_operator.api.values import UNLIMITED, UNLIMITED_BYTES, format_quantity
from harbor_operator.core.project.blocks.block import Birth, Block
from harbor_operator.core.statement import Statement
from harbor_operator.core.steps import Change, Comparison, Step, Trouble, Verb
from harbor_operator.core.tenancy import TenantRule


@dataclass(frozen=True, slots=True)
class Quota:
    """A project's storage, in bytes."""

    id: int
    hard: int
    used: int


@dataclass(frozen=True, slots=True)
class UpdateQuota:
    """Write the storage limit."""

    quota_id: int
    storage_bytes: int


class QuotaBlock(Block[int, Quota | None]):
    """The storage quota; desired are bytes, -1 for any number."""

    name = "storageQuota"
    in_pages = True
    usual: ClassVar[Mapping[str, Any]] = {name: UNLIMITED}

    @override
    def desired(self, spec: ProjectSpec, status: ProjectStatus) -> int | None:
        return spec.storage_bytes

    @override
    def compare(self, desired: int, observed: Quota | None) -> Comparison:
        if observed is None:
            message = "storageQuota: this Harbor keeps no quotas: remove it from the spec."
            return Comparison(troubles=(Trouble(Reason.INVALID_SPEC, message),))
        if observed.hard == desired:
            return Comparison()
        change = Change(self.name, "", _words(observed.hard), _words(desired))
        write = UpdateQuota(observed.id, desired)
        return Comparison((Step(self.name, Verb.UPDATE, "", (change,), write),))

    @override
    def blank(self, desired: int) -> Quota:
        return Quota(id=0, hard=UNLIMITED_BYTES, used=0)

    @override
    def state(self, observed: Quota | None) -> Statement:
        return Statement({self.name: format_quantity(observed.hard)} if observed else {})

    @override
    def at_creation(self, desired: int) -> Birth:
        return Birth(storage_bytes=desired)

    @override
    def refusal(self, desired: int, rule: TenantRule) -> str | None:
        ceiling = rule.max_storage_bytes
        if ceiling is None or (desired != UNLIMITED_BYTES and desired <= ceiling):
            return None
        return (
            f"storageQuota is above the {ceiling} bytes that the connection's tenant rule allows."
        )

    @override
    def report(self, desired: int, observed: Quota | None) -> Mapping[str, Any]:
        if observed is None:
            return {}
        return {"quota": {"hard": observed.hard, "used": observed.used}}


def _words(storage_bytes: int) -> str:
    return UNLIMITED if storage_bytes == UNLIMITED_BYTES else str(storage_bytes)


QUOTA = QuotaBlock()
