"""Every place that an operator could put a secret into, read as who looks for one would."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import aiohttp

from harbor_operator.api.base import GROUP
from testbed.control_plane.audit import AuditLog
from testbed.harbor.state import HarborState
from tests.support.cluster import Cluster
from tests.support.custom_resources import Json
from tests.support.leaks import Place

OUTPUT = "the operator's output"
PAGES = "what the operator serves"
PROCESS = "the operator's process"
TRACES = "traces"
AUDIT = "requests to the API server"
HARBOR = "what all may read in Harbor"
CUSTOM, OTHER = "custom resources", "other objects"
OBJECTS = {
    "events": "Events",
    "configmaps": "ConfigMaps",
    "serviceaccounts": "ServiceAccounts",
    "leases": "Leases",
    "secrets": "Secrets",
}
"""What one kind of object is called; all others are `CUSTOM` or `OTHER`."""
KINDS = (OUTPUT, PAGES, PROCESS, TRACES, AUDIT, HARBOR, CUSTOM, OTHER, *OBJECTS.values())
_PATHS = ("healthz", "readyz", "metrics", "")
_READABLE = ("projects", "robots", "labels", "members", "groups", "immutable_rules", "audit_log")
"""Tables of Harbor that hold no secret of their own."""

Entitled = Mapping[tuple[str, str], frozenset[str]]
"""The secrets that a Secret may hold, by its namespace and name."""


def in_output(folder: Path) -> Iterator[Place]:
    """What an operator has written into the files of a folder."""
    for file in sorted(folder.iterdir()):
        yield Place(OUTPUT, file.name, file.read_text(errors="replace"))


async def in_pages(url: str) -> AsyncIterator[Place]:
    """What somebody is told who asks the operator."""
    async with aiohttp.ClientSession() as session:
        for path in _PATHS:
            async with session.get(f"{url}/{path}") as answer:
                text = f"{answer.status} {dict(answer.headers)} {await answer.text()}"
                yield Place(PAGES, f"/{path}", text)


def in_process(pid: int) -> Iterator[Place]:
    """What others on the machine see of a process."""
    for name in ("cmdline", "environ"):
        yield Place(PROCESS, name, Path(f"/proc/{pid}/{name}").read_text(errors="replace"))


def in_audit(log: AuditLog) -> Iterator[Place]:
    """What the API server was asked, without the bodies."""
    for request in log.writes():
        text = f"{request.uri} {request.user_agent}"
        yield Place(AUDIT, f"{request.verb} {request.resource} by {request.user}", text)


def in_harbor(state: HarborState) -> Iterator[Place]:
    """What Harbor keeps that is no secret of its own."""
    for table in _READABLE:
        yield Place(HARBOR, table, repr(getattr(state, table)))


async def in_cluster(cluster: Cluster, entitled: Entitled) -> AsyncIterator[Place]:
    """Every object of every kind that the API server has, cut into its fields."""
    async for version in _versions(cluster):
        listed = await cluster.get(version)
        for resource in listed["resources"]:
            if "list" in resource["verbs"] and "/" not in resource["name"]:
                plural, group = resource["name"], listed["groupVersion"]
                objects = await cluster.get(f"{version}/{plural}")
                for body in objects["items"]:
                    for place in _fields(_kind(plural, group), plural, body, entitled):
                        yield place


async def _versions(cluster: Cluster) -> AsyncIterator[str]:
    yield "/api/v1"
    for group in (await cluster.get("/apis"))["groups"]:
        yield f"/apis/{group['preferredVersion']['groupVersion']}"


def _kind(plural: str, group_version: str) -> str:
    if group_version.startswith(f"{GROUP}/"):
        return CUSTOM
    return OBJECTS.get(plural, OTHER)


def _fields(kind: str, plural: str, body: Json, entitled: Entitled) -> Iterator[Place]:
    metadata = body["metadata"]
    namespace, name = metadata.get("namespace", ""), metadata["name"]
    holds = {"secrets data": entitled.get((namespace, name), frozenset())}
    fields = {
        **{field: value for field, value in body.items() if field != "metadata"},
        **{f"metadata.{field}": value for field, value in metadata.items()},
    }
    for field, value in fields.items():
        place = f"{plural} {namespace}/{name}: {field}"
        allowed = holds.get(f"{plural} {field}", frozenset())
        yield Place(kind, place, json.dumps(value, ensure_ascii=False), allowed)
