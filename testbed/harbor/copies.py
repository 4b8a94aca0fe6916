"""Copying an artifact into another repository, with its children, accessories and tags."""

import re
from dataclasses import dataclass, replace

from aiohttp import ClientError, web

from testbed.harbor.accessories import add_accessory
from testbed.harbor.artifact_state import Accessory, Artifact, Repository
from testbed.harbor.call import Call, Route
from testbed.harbor.errors import (
    bad_request,
    denied,
    internal_error,
    not_found,
    precondition_failed,
)
from testbed.harbor.immutable_rules import is_immutable
from testbed.harbor.lookup import ARTIFACTS, existing_artifact, project_of, repository_name
from testbed.harbor.pushes import add_artifact, ensure_repository, log_artifact, set_tag
from testbed.harbor.scan_jobs import scan_pushed
from testbed.harbor.tags import require_ordinary

_SOURCE = re.compile(
    r"(?P<name>[\w.-]+(?:/[\w.-]+)*)(?::(?P<tag>[\w][\w.-]{0,127}))?(?:@(?P<digest>\w+:[0-9a-f]+))?"
)


async def copy_artifact(call: Call) -> web.StreamResponse:
    """POST .../artifacts?from=project/repository@digest, or `:tag`.

    Whatever the source is named by, the copy gets all tags that it has.
    """
    project = project_of(call, "create", "artifact")
    require_ordinary(project)
    source = call.parameter("from")
    match = _SOURCE.fullmatch(source)
    if match is None:
        raise bad_request(f"invalid input: {source}")
    reference = match["digest"] or match["tag"] or ""
    call.require_in_project(match["name"].partition("/")[0], "read", "artifact")
    origin = call.state.repository_named(match["name"])
    if origin is None:
        raise not_found(f"repository {match['name']} not found")
    artifact = existing_artifact(origin, reference)
    if call.state.accessory_bonds(artifact):
        raise denied("the operation isn't supported for an artifact accessory")
    target = ensure_repository(call, project, repository_name(call, project))
    await _Copying(call, origin, target).copy(artifact)
    await scan_pushed(call, target, target.artifacts[artifact.digest])
    return web.Response(status=201, headers={"Location": call.location(reference)})


@dataclass(frozen=True, slots=True)
class _Copying:
    """Copies from one repository to another."""

    call: Call
    source: Repository
    target: Repository

    async def copy(self, artifact: Artifact) -> None:
        """Copies an artifact that somebody named; one that is there gets the tags only."""
        if artifact.digest in self.target.artifacts:
            self._set_tags(artifact)
            return
        bonds = await self._copy_parts(artifact)
        self._bind(bonds, await self._store(artifact))

    async def _copy_parts(self, artifact: Artifact) -> list[Accessory]:
        """Copies children and accessories, and tells what to bind to the copy."""
        bonds: list[Accessory] = []
        for reference in artifact.references:
            child = self.source.artifacts.get(reference.child_digest)
            if child is not None and child.digest not in self.target.artifacts:
                self._bind(await self._copy_parts(child), await self._store(child))
        for bond in self.call.state.accessories_of(artifact):
            accessory = self.source.artifacts[bond.digest]
            if self.call.state.accessories_of(accessory):
                await self.copy(accessory)
            elif accessory.digest not in self.target.artifacts:
                await self._store(accessory)
            bonds.append(bond)
        return bonds

    def _bind(self, bonds: list[Accessory], subject: Artifact) -> None:
        for bond in bonds:
            accessory = self.target.artifacts[bond.digest]
            add_accessory(self.call, self.target, accessory, subject.digest, bond.type)

    async def _store(self, artifact: Artifact) -> Artifact:
        storage = self.call.core.storage
        if storage.url is not None:
            try:
                await storage.copy(self.source.name, self.target.name, artifact)
            except ClientError:
                raise internal_error() from None
        copied = replace(
            artifact,
            id=self.call.state.next_id("artifact"),
            pushed=self.call.now,
            references=[
                replace(row, child_id=self.target.artifacts[row.child_digest].id)
                for row in artifact.references
            ],
            tags={},
            label_ids=[],
            pulls=[],
        )
        add_artifact(self.call, self.target, copied)
        self._set_tags(artifact)
        return copied

    def _set_tags(self, artifact: Artifact) -> None:
        copied = self.target.artifacts[artifact.digest]
        for name in artifact.tags:
            held = self.target.find(name)
            taken = held is not None and held is not copied
            if taken and is_immutable(self.call.state, self.target, name):
                raise precondition_failed(
                    f"the tag {name} configured as immutable, cannot be updated"
                )
            set_tag(self.call, self.target, copied, name)
        shown = next(iter(artifact.tags), artifact.digest)
        log_artifact(self.call, "create", self.target, copied, shown)


ROUTES = (Route("POST", ARTIFACTS, copy_artifact),)
