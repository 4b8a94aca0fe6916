"""What of the world is not as the model wants it, in sentences."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field

from harbor_operator.api.base import (
    ANNOTATION_IMAGE_PULL_SECRETS,
    LABEL_MANAGED,
    LABEL_OWNER_UID,
    LEDGER_SUFFIX,
)
from harbor_operator.api.pullsecret import PULL_SECRETS, child_name
from harbor_operator.api.robot import ROBOTS
from tests.soak.model import Holding, Key, Place, PullSecret, Space
from tests.soak.objects import Robots
from tests.soak.sampling import Logins, login_in
from tests.soak.spaces import FOREIGN, SECRET_NAMES
from tests.soak.stage import Stage
from tests.support.cluster import decoded, is_ready, status_of
from tests.support.constant_pulls import Login
from tests.support.custom_resources import Json

ALL_SECRETS = "/api/v1/secrets"
ALL_ACCOUNTS = "/api/v1/serviceaccounts"


@dataclass(slots=True)
class Seen:
    """The cluster at one moment.

    Attributes:
        uids: The uid of each object by namespace and name.
        robots: The HarborRobots by namespace and name.
        secrets: All Secrets of the model's namespaces that are named like pull secrets.
        managed: All other Secrets there that bear the operator's label.
    """

    pulls: dict[Key, Json] = field(default_factory=dict)
    robots: dict[Key, Json] = field(default_factory=dict)
    secrets: dict[Place, Json] = field(default_factory=dict)
    managed: dict[Place, Json] = field(default_factory=dict)
    accounts: dict[Place, Json] = field(default_factory=dict)

    def owners(self, space: str) -> dict[str, Key]:
        """Whose the pull secrets in a namespace are, by the Secrets' names."""
        by_uid = {body["metadata"]["uid"]: key for key, body in self.pulls.items()}
        found = {
            name: owner_of(body) for (where, name), body in self.secrets.items() if where == space
        }
        return {name: by_uid[uid] for name, uid in found.items() if uid in by_uid}

    def ledger(self, key: Key) -> Json:
        """A robot's ledger, empty where there is none."""
        secret = self.managed.get((key[0], f"{key[1]}{LEDGER_SUFFIX}"))
        text = decoded(secret).get("ledger", "") if secret else ""
        ledger: Json = json.loads(text) if text.startswith("{") else {}
        return ledger


def owner_of(body: Json) -> str | None:
    """The uid of the object whose a Secret is."""
    uid: str | None = (body["metadata"].get("labels") or {}).get(LABEL_OWNER_UID)
    return uid


async def look(stage: Stage) -> Seen:
    """Read everything that the model speaks of."""
    seen, cluster = Seen(), stage.cluster
    for team in stage.teams:
        for kind, into in ((PULL_SECRETS, seen.pulls), (ROBOTS, seen.robots)):
            for body in (await cluster.get(team.path(kind)))["items"]:
                into[team.namespace, body["metadata"]["name"]] = body
    for body in (await cluster.get(ALL_SECRETS))["items"]:
        at = place_of(body)
        if at[0] not in stage.model.spaces:
            continue
        if at[1] in SECRET_NAMES:
            seen.secrets[at] = body
        elif LABEL_MANAGED in (body["metadata"].get("labels") or {}):
            seen.managed[at] = body
    for body in (await cluster.get(ALL_ACCOUNTS))["items"]:
        if place_of(body)[0] in stage.model.spaces:
            seen.accounts[place_of(body)] = body
    return seen


def place_of(body: Json) -> Place:
    """Namespace and name of an object."""
    return body["metadata"]["namespace"], body["metadata"]["name"]


@dataclass(frozen=True, slots=True)
class Judge:
    """Compares what is with what has to be."""

    stage: Stage
    robots: Robots
    logins: Logins

    async def complaints(self) -> list[str]:
        """Everything that is not as it has to be now; robots aside."""
        return self._first_complaints(await look(self.stage))

    async def final_complaints(self) -> list[str]:
        """The same and more, once all graces and overlaps are over."""
        seen = await look(self.stage)
        found = self._first_complaints(seen)
        found = found or [*self._robots(seen), *self._leaks(seen)]
        return found or [line async for line in self._logins(seen)]

    def _first_complaints(self, seen: Seen) -> list[str]:
        """As long as objects are there that should not be, nothing else can be told."""
        return [*self._objects(seen)] or [*self._holdings(seen), *self._entries(seen)]

    def _objects(self, seen: Seen) -> Iterator[str]:
        model = self.stage.model
        children = {(p.key[0], child_name(p.key[1])) for p in model.pulls.values() if p.projects}
        for kind, present, wanted in (
            ("pull secret", seen.pulls, model.pulls.keys()),
            ("robot", seen.robots, self.robots.projects.keys() | children),
        ):
            for key in sorted(present.keys() ^ wanted):
                yield f"{kind} {' '.join(key)} is {'still' if key in present else 'not'} there"

    def _holdings(self, seen: Seen) -> Iterator[str]:
        model = self.stage.model
        wanted = model.holdings(self.stage.journal.now())
        for space in model.spaces.values():
            owners = seen.owners(space.name)
            for name in SECRET_NAMES:
                at = (space.name, name)
                told = self._holding(space, name, seen.secrets.get(at), wanted.get(at), owners)
                if told:
                    yield f"Secret {space.name} {name} {told}"

    def _holding(
        self,
        space: Space,
        name: str,
        body: Json | None,
        holding: Holding | None,
        owners: Mapping[str, Key],
    ) -> str | None:
        if name in space.foreign:
            return None if body and body["data"] == FOREIGN else "was touched and is not ours"
        if body is None:
            return (
                f"is missing, of {sorted(holding.owners)}" if holding and holding.needed else None
            )
        if name not in owners:
            return f"is nobody's (owner {owner_of(body)})"
        if holding is None or owners[name] not in holding.owners:
            return f"is {' '.join(owners[name])}'s, and should not be"
        return None

    def _entries(self, seen: Seen) -> Iterator[str]:
        for space in self.stage.model.spaces.values():
            owners = seen.owners(space.name)
            present = {name for where, name in seen.accounts if where == space.name}
            if present != set(space.accounts):
                yield f"ServiceAccounts {space.name}: {sorted(present)}"
            for name in present & set(space.accounts):
                told = self._entry(space, name, seen.accounts[space.name, name], owners)
                if told:
                    yield f"ServiceAccount {space.name} {name} {told}"

    def _entry(self, space: Space, name: str, body: Json, owners: Mapping[str, Key]) -> str | None:
        listed = [entry["name"] for entry in body.get("imagePullSecrets") or []]
        theirs = [entry for entry in listed if entry in space.accounts[name]]
        ours = [entry for entry in listed if entry not in space.accounts[name]]
        if theirs != list(space.accounts[name]):
            return f"has {listed}, of others should be {list(space.accounts[name])}"
        entries = self.stage.model.entries(space, name, owners)
        once = len(ours) == len(set(ours))
        if not (once and entries.needed <= set(ours) <= entries.allowed):
            return f"has {listed}, of ours should be {sorted(entries.needed)}"
        noted = (body["metadata"].get("annotations") or {}).get(ANNOTATION_IMAGE_PULL_SECRETS, "{}")
        if sorted(json.loads(noted)) != sorted(ours):
            return f"has {listed}, and notes {noted}"
        return None

    def _robots(self, seen: Seen) -> Iterator[str]:
        for key, body in sorted(seen.robots.items()):
            if not is_ready(body):
                yield f"robot {' '.join(key)} is not Ready: {status_of(body, 'conditions')}"
            token = self.robots.tokens.get(key)
            if token is not None and status_of(body, "lastHandledRotateAt") != token:
                yield f"robot {' '.join(key)} has not handled {token}"
        for key, body in sorted(seen.pulls.items()):
            if not is_ready(body) and not self._is_disputed(key, seen):
                yield f"pull secret {' '.join(key)} is not Ready: {status_of(body, 'conditions')}"

    def _is_disputed(self, key: Key, seen: Seen) -> bool:
        """Whether somebody else has a Secret that a pull secret wants."""
        pull = self.stage.model.pulls[key]
        wanted = (s for s in self.stage.model.spaces.values() if self.stage.model.serves(pull, s))
        return any(seen.owners(space.name).get(pull.secret) != key for space in wanted)

    def _leaks(self, seen: Seen) -> Iterator[str]:
        """Accounts in Harbor that no ledger names, and Secrets whose owner is gone."""
        live = {(seen.ledger(key).get("live") or {}).get("robotID") for key in seen.robots}
        for account in self.stage.world.harbor.state.robots.values():
            if account.id not in live:
                yield f"account {account.name} ({account.id}) is in no ledger"
        uids = {body["metadata"]["uid"] for body in seen.robots.values()}
        for at, body in seen.managed.items():
            if owner_of(body) not in uids:
                yield f"Secret {' '.join(at)} has no owner ({owner_of(body)})"

    async def _logins(self, seen: Seen) -> AsyncIterator[str]:
        """Whether each delivered credential is the present one, and gives what it should."""
        for space in self.stage.model.spaces:
            for name, key in seen.owners(space).items():
                pull = self.stage.model.pulls[key]
                login = login_in(seen.secrets[space, name], self.logins.host)
                told = await self._login(pull, seen, login)
                if told:
                    yield f"Secret {space} {name} of {' '.join(key)} {told}"

    async def _login(self, pull: PullSecret, seen: Seen, login: Login | None) -> str | None:
        home = pull.key[0]
        live = (seen.ledger((home, pull.robot_name)).get("live") or {}).get("username")
        if login is None or login.username != live:
            return f"holds {login and login.username}, not {live}"
        projects = pull.projects or (self.robots.projects[home, pull.robot],)
        for project in ("api", "db", "web"):
            claims = await self.logins.claims(login, f"{home}.{project}/app")
            grants = {a for grant in (claims or {})["access"] for a in grant["actions"] or ()}
            if grants != ({"pull"} if project in projects else set()):
                return f"may {sorted(grants)} in {project}"
        return None
