"""Settings as the recorded exchanges hold them, for tests of the client library."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from pydantic import SecretStr

from harbor_operator.harbor import (
    HarborClient,
    ImmutableRule,
    NewRegistry,
    RetentionRequest,
    RetentionRule,
    Selector,
    WebhookPolicy,
    WebhookTarget,
)

Act: TypeAlias = Callable[[HarborClient], Awaitable[object]]
"""One call of the library."""

PROJECT = 48
"""The project of the recorded policies."""

EVERY_REPOSITORY = Selector(decoration="repoMatches", pattern="**")
EVERY_TAG = Selector(decoration="matches", pattern="**", extras='{"untagged":true}')

TEN_NEWEST = RetentionRule(
    template="latestPushedK",
    params={"latestPushedK": 10},
    tag_selectors=(EVERY_TAG,),
    repository_selectors=(EVERY_REPOSITORY,),
)
ALWAYS = RetentionRule(
    template="always",
    tag_selectors=(EVERY_TAG,),
    repository_selectors=(EVERY_REPOSITORY,),
)
NIGHTLY = RetentionRequest("0 0 3 * * *", (TEN_NEWEST,))

HOOK = WebhookPolicy(
    name="hook",
    enabled=True,
    event_types=frozenset({"PUSH_ARTIFACT", "SCANNING_COMPLETED"}),
    targets=(
        WebhookTarget(
            type="http",
            address="https://example.com/hook",
            auth_header=SecretStr("Bearer x"),
            payload_format="CloudEvents",
        ),
    ),
)

HUB = NewRegistry(
    "hub",
    "docker-registry",
    "http://127.0.0.1:5000",
    insecure=True,
    access_key="harbor_registry_user",
    access_secret=SecretStr("regpw"),
)


def immutable(tags: str, *, number: int = 0, disabled: bool = False) -> ImmutableRule:
    """A rule for the tags of every repository."""
    return ImmutableRule(
        id=number,
        disabled=disabled,
        tag_selector=Selector(decoration="matches", pattern=tags),
        repository_selector=EVERY_REPOSITORY,
    )


def scheduled(cron: str, *rules: RetentionRule) -> Act:
    """Replaces policy 1 by one with this schedule and these rules."""
    policy = RetentionRequest(cron, rules)
    return lambda client: client.retentions.replace(1, PROJECT, policy)
