"""Copies of a team that has converged: its objects, their Secrets, and all of it in Harbor.

An operator would take minutes for thousands of teams. It converges one; the others are written as
it has left that one, with uids, ids and passwords of their own. Whether they are right shows when
an operator looks at them: it finds nothing to write.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp

from testbed.control_plane.api import Json
from testbed.endtoend.objects import API_VERSION, decoded, path_of

ROBOTS = 2
OBJECTS = 1 + ROBOTS * 2
"""A team has a project, and robots with a pull secret each."""
_PROJECT = "project"
_IDS = ("projectID", "robotID")
_MERGE = {"Content-Type": "application/merge-patch+json"}
_LEDGER = "ledger"


def team(namespace: str) -> list[Json]:
    """What a team applies, each after what it refers to."""
    project = _manifest(
        "HarborProject", namespace, _PROJECT, {"projectName": f"{namespace}.{_PROJECT}"}
    )
    return [project, *(part for number in range(ROBOTS) for part in _login(namespace, number))]


def _login(namespace: str, number: int) -> Iterator[Json]:
    """A robot and what delivers it; its stated name is the same in every namespace."""
    name = f"robot-{number}"
    access = [{"projectRef": {"name": _PROJECT}, "preset": "Pull"}]
    yield _manifest("HarborRobot", namespace, name, {"access": access, "robotName": name})
    yield _manifest("HarborPullSecret", namespace, f"pull-{number}", {"robotRef": {"name": name}})


def _manifest(kind: str, namespace: str, name: str, spec: Json) -> Json:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}


@dataclass(frozen=True, slots=True)
class Model:
    """A converged team as it was found."""

    namespace: str
    objects: tuple[Json, ...]
    """In the order in which they are applied."""
    secrets: tuple[Json, ...]
    project: Json
    label: Json
    """Harbor's, with the owner's mark."""
    robots: Mapping[int, Json]
    """Harbor's, by id."""
    passwords: Mapping[int, str]


async def read(
    namespace: str, cluster: aiohttp.ClientSession, harbor: aiohttp.ClientSession
) -> Model:
    """Read a team that an operator has brought to rest."""
    objects = tuple(
        [await _json(cluster, path_of(manifest)) for manifest in team(namespace)],
    )
    secrets = (await _json(cluster, f"/api/v1/namespaces/{namespace}/secrets"))["items"]
    project = objects[0]["status"]["projectID"]
    ids = {body["status"]["robotID"]: body for body in objects if body["kind"] == "HarborRobot"}
    [label] = await _json(harbor, f"/api/v2.0/labels?scope=p&project_id={project}")
    logins = {secret["metadata"]["name"]: decoded(secret) for secret in secrets}
    return Model(
        namespace=namespace,
        objects=objects,
        secrets=tuple(secrets),
        project=await _json(harbor, f"/api/v2.0/projects/{project}"),
        label=label,
        robots={id_: await _json(harbor, f"/api/v2.0/robots/{id_}") for id_ in ids},
        passwords={
            id_: logins[body["status"]["secretName"]]["password"] for id_, body in ids.items()
        },
    )


async def _json(session: aiohttp.ClientSession, path: str) -> Any:  # noqa: ANN401 -- any JSON
    async with session.get(path, raise_for_status=True) as answer:
        return await answer.json()


async def copy(
    model: Model,
    namespace: str,
    cluster: aiohttp.ClientSession,
    harbor: aiohttp.ClientSession,
) -> None:
    """Write a team like the model into a namespace that is there."""
    writer = _Writer(model, namespace, cluster, harbor)
    await writer.make_objects()
    await writer.make_project()
    for id_ in model.robots:
        await writer.make_robot(id_)
    await writer.make_secrets()
    await writer.report()


@dataclass(slots=True)
class _Changes:
    """What is another text or number in a copy."""

    texts: dict[str, str] = field(default_factory=dict)
    ids: dict[tuple[str, int], int] = field(default_factory=dict)
    """By the name of the field and the model's value."""

    def apply(self, value: Any, name: str = "") -> Any:  # noqa: ANN401 -- any JSON
        """A copy of a JSON value."""
        match value:
            case dict():
                return {key: self.apply(entry, key) for key, entry in value.items()}
            case list():
                return [self.apply(entry) for entry in value]
            case str():
                return self._text(value)
            case int() if name in _IDS:
                return self.ids.get((name, value), value)
            case _:
                return value

    def _text(self, text: str) -> str:
        for old, new in self.texts.items():
            text = text.replace(old, new)
        return text


class _Writer:
    """The requests for one copy."""

    def __init__(
        self,
        model: Model,
        namespace: str,
        cluster: aiohttp.ClientSession,
        harbor: aiohttp.ClientSession,
    ) -> None:
        self._model = model
        self._namespace = namespace
        self._cluster = cluster
        self._harbor = harbor
        self._changes = _Changes({model.namespace: namespace})
        self._times: dict[str, dict[str, str]] = {}
        """What else is another text for the objects of one robot, by its name."""

    async def make_objects(self) -> None:
        """The objects without status; their uids take the place of the model's."""
        for body in self._model.objects:
            metadata = body["metadata"]
            kept = {
                key: metadata[key]
                for key in ("name", "namespace", "annotations", "finalizers")
                if key in metadata
            }
            copied = self._changes.apply({**body, "metadata": kept, "status": None})
            copied.pop("status")
            made = await self._post(_collection(copied), copied)
            self._changes.texts[metadata["uid"]] = made["metadata"]["uid"]

    async def make_project(self) -> None:
        """Harbor's project with its mark."""
        old, name = self._model.project, f"{self._namespace}.{_PROJECT}"
        body = {"project_name": name, "metadata": old["metadata"]}
        async with self._harbor.post(
            "/api/v2.0/projects", json=body, raise_for_status=True
        ) as made:
            id_ = int(made.headers["Location"].rpartition("/")[2])
        self._changes.ids["projectID", old["project_id"]] = id_
        url = self._model.objects[0]["status"]["url"]
        self._changes.texts[url] = f"{url.rpartition('/')[0]}/{id_}"
        label = {key: self._model.label[key] for key in ("name", "description", "color", "scope")}
        marked = self._changes.apply(label) | {"project_id": id_}
        async with self._harbor.post("/api/v2.0/labels", json=marked, raise_for_status=True):
            pass

    async def make_robot(self, id_: int) -> None:
        """Harbor's robot with its mark; its password and its times take the model's place."""
        old = self._model.robots[id_]
        kept = ("level", "duration", "disable", "description", "permissions")
        name = old["name"].rpartition("+")[2]
        body = self._changes.apply({key: old[key] for key in kept}) | {"name": name}
        async with self._harbor.post("/api/v2.0/robots", json=body, raise_for_status=True) as made:
            new = await made.json()
        self._changes.ids["robotID", id_] = new["id"]
        passwords = self._model.passwords[id_], new["secret"]
        pairs = [f"{old['name']}:{passwords[0]}", f"{new['name']}:{passwords[1]}"]
        before, after = (base64.b64encode(pair.encode()).decode() for pair in pairs)
        # First, as the names in the pair are not found in its base64.
        self._changes.texts |= {before: after, passwords[0]: passwords[1]}
        self._note_times(id_, old, new)

    def _note_times(self, id_: int, old: Json, new: Json) -> None:
        """What the status says of the future; when the credential came is in the ledger copied."""
        [robot] = [body for body in self._model.objects if body["status"].get("robotID") == id_]
        status = robot["status"]
        moved = _whole(new["creation_time"]) - _whole(old["creation_time"])
        self._times[old["name"]] = {
            status["nextRotationAt"]: _text(_whole(status["nextRotationAt"]) + moved),
            status["expiresAt"]: _text(datetime.fromtimestamp(new["expires_at"], UTC)),
        }

    async def make_secrets(self) -> None:
        """The managed Secrets of all objects."""
        for secret in self._model.secrets:
            metadata = secret["metadata"]
            kept = ("name", "namespace", "labels", "annotations", "ownerReferences")
            body = {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {key: metadata[key] for key in kept},
                "type": secret["type"],
                "stringData": decoded(secret),
            }
            copied = self._changes.apply(body)
            texts = copied["stringData"]
            if _LEDGER in texts:
                ledger = self._changes.apply(json.loads(texts[_LEDGER]))
                texts[_LEDGER] = json.dumps(ledger, sort_keys=True)
            await self._post(_collection(copied), copied)

    async def report(self) -> None:
        """The status of each object."""
        for body in self._model.objects:
            status = body["status"]
            times = self._times.get(status.get("username") or status.get("robotName") or "", {})
            copied = self._changes.apply(_Changes(times).apply(status))
            path = self._changes.apply(path_of(body))
            async with self._cluster.patch(
                f"{path}/status", json={"status": copied}, headers=_MERGE
            ):
                pass

    async def _post(self, path: str, body: Json) -> Json:
        async with self._cluster.post(path, json=body, raise_for_status=True) as answer:
            made: Json = await answer.json()
            return made


def _collection(body: Json) -> str:
    return path_of(body).rpartition("/")[0]


def _whole(text: str) -> datetime:
    """A time without its fraction of a second."""
    return datetime.fromisoformat(text).replace(microsecond=0)


def _text(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
