"""The label that says in Harbor whose a project is: read, claimed, and changed by its owner."""

from harbor_operator.core.ownership import OWNER_LABEL, Claim, Mark, claim_of
from harbor_operator.core.project.actions import DropMark, RewriteMark
from harbor_operator.core.project.facts import OwnerLabel
from harbor_operator.engine.faults import Outdated
from harbor_operator.harbor.errors import Conflict
from harbor_operator.harbor.labels import Labels
from harbor_operator.harbor.models import Label

LABEL_COLOR = "#48960C"
"""Harbor shows labels in colour; any would do."""


class ProjectMark:
    """The owner label of one project, from the point of view of one custom resource."""

    def __init__(self, labels: Labels, own: Mark) -> None:
        self._labels = labels
        self._own = own
        self._claimed: tuple[int, OwnerLabel] | None = None
        """The project that was claimed, and the label: the answer to its POST is the claim."""

    async def read(self, project_id: int) -> OwnerLabel | None:
        """The label, None on a project without one."""
        if self._claimed is not None and self._claimed[0] == project_id:
            return self._claimed[1]
        label = await self._labels.get(project_id, OWNER_LABEL)
        return OwnerLabel(label.id, label.description) if label else None

    async def claim(self, project_id: int, mark: Mark) -> None:
        """Put the label on a project.

        Raises:
            Outdated: Somebody else was faster.
        """
        try:
            label_id = await self._labels.create(
                project_id, OWNER_LABEL, description=mark.text(), color=LABEL_COLOR
            )
        except Conflict:
            raise Outdated from None
        self._claimed = project_id, OwnerLabel(label_id, mark.text())

    async def change(self, action: RewriteMark | DropMark) -> None:
        """Change or remove the label, if it still says what the plan was made from.

        Raises:
            Outdated: It does not.
        """
        seen = await self._reread(action.project_id, action.label)
        match action:
            case RewriteMark(text=text):
                await self._labels.update(seen, description=text)
            case DropMark():
                await self._labels.delete(seen.id)

    async def require(self, project_id: int) -> None:
        """Make sure, by a fresh read, that the project is this object's.

        Raises:
            Outdated: It is not.
        """
        seen = await self._labels.get(project_id, OWNER_LABEL)
        if seen is None or claim_of(seen.description, self._own) is not Claim.OURS:
            raise Outdated

    async def _reread(self, project_id: int, label: OwnerLabel) -> Label:
        seen = await self._labels.get(project_id, OWNER_LABEL)
        if seen is None or (seen.id, seen.description) != (label.id, label.mark):
            raise Outdated
        return seen
