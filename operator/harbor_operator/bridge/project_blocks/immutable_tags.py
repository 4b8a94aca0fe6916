"""Rules of immutable tags."""

from harbor_operator.bridge.project_blocks.adapter import Scene
from harbor_operator.bridge.project_blocks.selectors import (
    reach_in,
    repository_selector,
    tag_selector,
)
from harbor_operator.core.project.blocks.immutable_tags import (
    CreateRule,
    DeleteRule,
    EnableRule,
    RuleSeen,
)
from harbor_operator.core.project.blocks.selectors import Reach
from harbor_operator.harbor.immutable_rules import ImmutableRule


class ImmutableTagsAdapter:
    """Reads and changes the rules of a project."""

    async def observe(self, scene: Scene) -> tuple[RuleSeen, ...]:
        """All rules."""
        rows = await scene.harbor.immutable_rules.list(scene.project.id)
        return tuple(
            RuleSeen(row.id, reach_in([row.repository_selector], [row.tag_selector]), row.disabled)
            for row in rows
        )

    async def write(self, scene: Scene, write: CreateRule | EnableRule | DeleteRule) -> None:
        """Make, enable or remove one rule."""
        rules, project = scene.harbor.immutable_rules, scene.project.id
        match write:
            case CreateRule(reach):
                await rules.create(project, _row(0, reach))
            case EnableRule(rule_id, reach):
                await rules.replace(project, _row(rule_id, reach))
            case DeleteRule(rule_id):
                await rules.delete(project, rule_id)


def _row(rule_id: int, reach: Reach) -> ImmutableRule:
    return ImmutableRule(
        id=rule_id,
        tag_selector=tag_selector(reach.tags),
        repository_selector=repository_selector(reach.repositories),
    )
