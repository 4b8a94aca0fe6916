"""The retention policy, which has an id of its own that the project's metadata names."""

import json
from contextlib import suppress

from harbor_operator.bridge.project_blocks.adapter import Scene
from harbor_operator.bridge.project_blocks.selectors import (
    reach_in,
    repository_selector,
    tag_selector,
)
from harbor_operator.core.project.blocks.retention import (
    CreatePolicy,
    ForgetPolicy,
    PolicySeen,
    ReplacePolicy,
    Rule,
)
from harbor_operator.harbor.errors import InvalidRequest, NotFound, ServerError
from harbor_operator.harbor.retentions import RetentionPolicy, RetentionRequest, RetentionRule
from harbor_operator.harbor.selectors import Selector

_POLICY_KEY = "retention_id"
_UNTAGGED = "untagged"


class RetentionAdapter:
    """Reads and replaces the policy of a project."""

    async def observe(self, scene: Scene) -> PolicySeen | None:
        """The policy; None for a project without one."""
        number = scene.project.metadata.get(_POLICY_KEY, "")
        if not number.isdecimal():
            return None
        policy = await _policy(scene, int(number))
        if policy is None:
            return PolicySeen(int(number), dangling=True)
        rules = [_rule(row) for row in policy.rules]
        readable = frozenset(rule for rule in rules if rule is not None)
        return PolicySeen(policy.id, policy.cron, readable, len(rules) - len(readable))

    async def write(self, scene: Scene, write: CreatePolicy | ReplacePolicy | ForgetPolicy) -> None:
        """Make, replace or forget the policy."""
        retentions, project = scene.harbor.retentions, scene.project.id
        match write:
            case CreatePolicy(schedule, rules):
                await retentions.create(project, _request(schedule, rules))
            case ReplacePolicy(policy_id, schedule, rules):
                await retentions.replace(policy_id, project, _request(schedule, rules))
            case ForgetPolicy(policy_id):
                # Deleting first makes sure that no forgotten policy goes on deleting artifacts.
                with suppress(InvalidRequest, NotFound):
                    await retentions.delete(policy_id)
                await scene.harbor.projects.delete_metadata(project, _POLICY_KEY)


async def _policy(scene: Scene, policy_id: int) -> RetentionPolicy | None:
    """The policy; None where the project names one that Harbor has no longer.

    Harbor answers such an id as if it were broken itself, so ask it something else in between.
    """
    try:
        return await scene.harbor.retentions.get(policy_id)
    except ServerError:
        await scene.harbor.system.info()
    try:
        return await scene.harbor.retentions.get(policy_id)
    except ServerError:
        return None


def _rule(row: RetentionRule) -> Rule | None:
    """A rule of Harbor; None where no spec can state it."""
    reach = reach_in(row.repository_selectors, row.tag_selectors)
    if reach is None or row.disabled:
        return None
    count = row.params.get(row.template)
    untagged = _untagged(row.tag_selectors[0], otherwise=not reach.tags.excludes)
    return Rule(row.template, int(count) if count is not None else None, reach, untagged)


def _untagged(selector: Selector, *, otherwise: bool) -> bool:
    try:
        extras = json.loads(selector.extras or "{}")
    except ValueError:
        return otherwise
    return bool(extras.get(_UNTAGGED, otherwise)) if isinstance(extras, dict) else otherwise


def _request(schedule: str, rules: tuple[Rule, ...]) -> RetentionRequest:
    return RetentionRequest(schedule, tuple(_row(rule) for rule in rules))


def _row(rule: Rule) -> RetentionRule:
    extras = json.dumps({_UNTAGGED: rule.untagged}, separators=(",", ":"))
    return RetentionRule(
        template=rule.template,
        params={} if rule.count is None else {rule.template: rule.count},
        tag_selectors=(tag_selector(rule.reach.tags, extras),),
        repository_selectors=(repository_selector(rule.reach.repositories),),
    )
