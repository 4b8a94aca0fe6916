"""Projects that are a cache of another registry: of which, and the settings only they have."""

import re

from testbed.harbor.doublestar import PatternError, validate_pattern
from testbed.harbor.errors import HarborError, bad_request, internal_error
from testbed.harbor.models import ProjectMetadata, ProjectReq
from testbed.harbor.state import HarborState

REGISTRY_TYPES = frozenset(
    {
        "ali-acr",
        "aws-ecr",
        "azure-acr",
        "docker-hub",
        "docker-registry",
        "github-ghcr",
        "google-gcr",
        "harbor",
        "jfrog-artifactory",
    }
)
"""The types of registries that a project may be a cache of."""
PROXY_ONLY = frozenset(
    {"proxy_speed_kb", "max_upstream_conn", "proxy_cache_filter_pattern", "proxy_cache_filter_kind"}
)
"""Dropped silently where a project is no proxy cache."""
_IGNORED_BY_PROXIES = frozenset({"enable_content_trust"})
DOUBLESTAR = "doublestar"
REGEX = "regex"
_INT32 = range(-(2**31), 2**31)
_INTEGER = re.compile(r"[+-]?\d+")


def is_int32(text: str) -> bool:
    """Whether a text is a number of 32 bits."""
    return bool(_INTEGER.fullmatch(text)) and int(text) in _INT32


def kept_metadata(given: dict[str, str], *, is_proxy: bool) -> dict[str, str]:
    """What a project of this kind stores of the metadata given."""
    dropped = _IGNORED_BY_PROXIES if is_proxy else PROXY_ONLY
    return {key: value for key, value in given.items() if key not in dropped}


def validate_creation(state: HarborState, body: ProjectReq) -> None:
    """Refuses a proxy cache of what is no fit registry, or with settings that make no sense.

    Raises:
        HarborError: 400, or 500 for a registry that does not exist.
    """
    if body.registry_id is None:
        return
    if body.registry_id <= 0:
        raise bad_request(
            f"bad request: {body.registry_id} is invalid value of registry_id, "
            "it should be geater than 0"
        )
    registry = state.registries.get(body.registry_id)
    if registry is None:
        raise internal_error()
    if registry.type not in REGISTRY_TYPES:
        raise bad_request(f"bad request: unsupported registry type {registry.type}")
    metadata = body.metadata or ProjectMetadata()
    # Unlike the filter, the numbers are not looked at again when the project is updated.
    _validate_numbers(metadata.given())
    validate_filter(metadata)


def _validate_numbers(given: dict[str, str]) -> None:
    for key, words in (
        ("proxy_speed_kb", "by an int32, but got:"),
        ("max_upstream_conn", "be an int, but got"),
    ):
        value = given.get(key, "0")
        if not is_int32(value):
            problem = "value out of range" if _INTEGER.fullmatch(value) else "invalid syntax"
            raise bad_request(
                f"metadata.{key} should {words} '{value}', "
                f'err: strconv.ParseInt: parsing "{value}": {problem}'
            )


def validate_filter(metadata: ProjectMetadata) -> None:
    """Refuses a filter of repositories that makes no sense; a pattern needs its kind.

    Raises:
        HarborError: 400.
    """
    pattern = metadata.proxy_cache_filter_pattern or ""
    kind = metadata.proxy_cache_filter_kind or ""
    if not pattern and not kind:
        return
    if kind not in {DOUBLESTAR, REGEX}:
        raise bad_request(
            f'metadata.proxy_cache_filter_kind should be "{DOUBLESTAR}" or "{REGEX}", '
            f'but got: "{kind}"'
        )
    problem = filter_problem(pattern, kind)
    if problem:
        raise bad_request(
            f'metadata.proxy_cache_filter_pattern is invalid for kind "{kind}": {problem}'
        )


def filter_problem(pattern: str, kind: str) -> str:
    """What is wrong with a filter, empty for nothing."""
    pattern = pattern.strip()
    try:
        if kind == REGEX:
            re.compile(pattern)
        else:
            validate_pattern(pattern)
    except re.error as error:
        return f"error parsing regexp: {error}"
    except PatternError as error:
        return str(error)
    return ""


def validated_single(
    key: str, value: str, *, existing: dict[str, str], is_proxy: bool
) -> tuple[str, str] | None:
    """A setting of proxy caches as the API for single settings stores it; None for another key.

    Raises:
        HarborError: 400.
    """
    match key:
        case "proxy_speed_kb" | "max_upstream_conn":
            return key, _validated_number(key, value)
        case "proxy_cache_filter_pattern" | "proxy_cache_filter_kind":
            if not is_proxy:
                raise bad_request(
                    "can not update the normal project with proxy cache filter metadata"
                )
            _validate_single_filter(key, value, existing)
            return key, value
        case _:
            return None


def _validated_number(key: str, value: str) -> str:
    if not is_int32(value):
        raise bad_request(f"invalid value: {value}")
    number = int(value)
    if key == "max_upstream_conn" and number <= 0 and number != -1:
        raise bad_request(f"invalid value for {key}: {number}")
    return str(number)


def _validate_single_filter(key: str, value: str, existing: dict[str, str]) -> None:
    if key == "proxy_cache_filter_pattern":
        problem = filter_problem(value, existing.get("proxy_cache_filter_kind") or DOUBLESTAR)
        if problem:
            raise _invalid_pattern(value, problem)
        return
    if value not in {"", DOUBLESTAR, REGEX}:
        raise bad_request(
            f'invalid proxy_cache_filter_kind: "{value}", must be "{DOUBLESTAR}" or "{REGEX}"'
        )
    pattern, kind = existing.get("proxy_cache_filter_pattern", ""), value or DOUBLESTAR
    problem = filter_problem(pattern, kind)
    if problem:
        raise bad_request(
            f'existing proxy_cache_filter_pattern "{pattern}" is invalid for new kind "{kind}": '
            f"{problem}"
        )


def _invalid_pattern(pattern: str, problem: str) -> HarborError:
    return bad_request(f'invalid proxy_cache_filter_pattern: "{pattern}", err: {problem}')
