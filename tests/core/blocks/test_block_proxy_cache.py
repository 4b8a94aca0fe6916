"""The upstream registry of a proxy cache."""

from dataclasses import replace

import pytest

from harbor_operator.api.conditions import Reason
from harbor_operator.core.project.blocks.block import Birth
from harbor_operator.core.project.blocks.proxy_cache import PROXY_CACHE, UpstreamSeen
from harbor_operator.core.steps import Comparison
from tests.support.project_settings import compared, wanted
from tests.support.projects import RULE

SPEC = {"proxyCache": {"registry": "hub"}}

TROUBLES = [
    pytest.param(
        UpstreamSeen(registry_id=None, wanted_id=1),
        Reason.INVALID_SPEC,
        "no proxy cache of registry hub",
        False,
        id="a project that is no proxy cache cannot become one",
    ),
    pytest.param(
        UpstreamSeen(registry_id=2, wanted_id=1),
        Reason.INVALID_SPEC,
        "no proxy cache of registry hub",
        False,
        id="nor change its upstream",
    ),
    pytest.param(
        UpstreamSeen(registry_id=1, wanted_id=None),
        Reason.WAITING_FOR_REGISTRY,
        "no registry endpoint named hub",
        True,
        id="the registry may still be made",
    ),
    pytest.param(
        UpstreamSeen(registry_id=None, wanted_id=None),
        Reason.WAITING_FOR_REGISTRY,
        "no registry endpoint named hub",
        True,
        id="two unknowns are not the same",
    ),
]


@pytest.mark.parametrize(("seen", "reason", "words", "passing"), TROUBLES)
def test_an_upstream_cannot_be_changed(
    seen: UpstreamSeen, reason: Reason, words: str, *, passing: bool
) -> None:
    comparison = compared(PROXY_CACHE, SPEC, seen)

    (trouble,) = comparison.troubles
    assert (trouble.reason, trouble.passing) == (reason, passing)
    assert words in trouble.message
    assert comparison.steps == ()


def test_the_wanted_upstream_is_in_line() -> None:
    seen = UpstreamSeen(registry_id=1, wanted_id=1)

    assert compared(PROXY_CACHE, SPEC, seen) == Comparison()


def test_the_upstream_is_chosen_when_the_project_is_created() -> None:
    assert PROXY_CACHE.at_creation(wanted(PROXY_CACHE, SPEC)) == Birth(registry="hub")


@pytest.mark.parametrize(
    ("globs", "refused"),
    [
        pytest.param((), True, id="none without a permission"),
        pytest.param(("hub",), False, id="by its name"),
        pytest.param(("h*",), False, id="by a glob"),
        pytest.param(("hub2", "ub"), True, id="the whole name must match"),
    ],
)
def test_upstreams_need_a_permission(globs: tuple[str, ...], *, refused: bool) -> None:
    rule = replace(RULE, proxy_cache_registries=globs)

    refusal = PROXY_CACHE.refusal("hub", rule)

    assert (refusal is not None) is refused
    assert not refused or "no proxy caches of registry hub" in str(refusal)


def test_a_blank_project_has_the_wanted_upstream() -> None:
    assert compared(PROXY_CACHE, SPEC, PROXY_CACHE.blank("hub")) == Comparison()
