"""What the end-to-end tests do in Harbor past the operator, and read of a project there."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from testbed.control_plane.api import Json
from testbed.endtoend.account import HarborAccount
from tests.support.e2e_stage import Stage

OWNER_LABEL = "harbor-operator.dev/owner"


@asynccontextmanager
async def local_user(stage: Stage, name: str) -> AsyncIterator[str]:
    """A user whom Harbor itself keeps, during a block; gives the whole name."""
    username = f"{stage.make.prefix}-{name}"
    password = f"{os.urandom(12).hex()}aA1"
    stage.passwords.add(password)
    body = {
        "username": username,
        "password": password,
        "realname": name,
        "email": f"{username}@example.com",
    }
    await stage.account.require("POST", "/users", body)
    try:
        yield username
    finally:
        for user in await stage.account.require("GET", f"/users?q=username%3D{username}"):
            # A Harbor that did not know the filter would list everybody.
            if user["username"] == username:
                await stage.account.require("DELETE", f"/users/{user['user_id']}")


async def delete_upstream(account: HarborAccount, name: str) -> None:
    """Delete an upstream registry, which no project may use any longer."""
    found = await find_upstream(account, name)
    if found is not None:
        await account.require("DELETE", f"/registries/{found['id']}")


async def find_upstream(account: HarborAccount, name: str) -> Json | None:
    """An upstream registry as Harbor has it."""
    listed = await account.require("GET", f"/registries?q=name%3D{name}")
    return next((registry for registry in listed or () if registry["name"] == name), None)


async def make_project(stage: Stage, name: str, mark: str | None = None) -> Json:
    """Make a project by hand, and let it look as if somebody's object had owned it."""
    project_name = stage.make.project_name(name)
    await stage.account.require("POST", "/projects", {"project_name": project_name})
    project = await stage.account.require("GET", f"/projects/{project_name}")
    if mark is not None:
        label = {"name": OWNER_LABEL, "description": mark, "scope": "p"}
        label["project_id"] = project["project_id"]
        await stage.account.require("POST", "/labels", label)
    return dict(project)


async def labels_of(stage: Stage, project_id: int) -> dict[str, Json]:
    """The labels of a project by their names, the operator's own among them."""
    query = f"/labels?scope=p&project_id={project_id}&page_size=100"
    return {label["name"]: label for label in await stage.account.require("GET", query) or ()}


async def owner_mark(stage: Stage, project_id: int) -> str | None:
    """What the operator's label on a project says."""
    label = (await labels_of(stage, project_id)).get(OWNER_LABEL)
    return None if label is None else str(label["description"])


async def roles_of(stage: Stage, project_id: int) -> dict[str, int]:
    """The members of a project, and Harbor's numbers of their roles."""
    path = f"/projects/{project_id}/members?page_size=100"
    listed = await stage.account.require("GET", path)
    return {member["entity_name"]: member["role_id"] for member in listed or ()}


async def immutable_rules_of(stage: Stage, project_id: int) -> list[Json]:
    """The rules about immutable tags of a project."""
    path = f"/projects/{project_id}/immutabletagrules?page_size=100"
    return list(await stage.account.require("GET", path) or ())


async def webhooks_of(stage: Stage, project_id: int) -> dict[str, Json]:
    """The webhooks of a project by their names."""
    path = f"/projects/{project_id}/webhook/policies?page_size=100"
    listed = await stage.account.require("GET", path)
    return {policy["name"]: policy for policy in listed or ()}
