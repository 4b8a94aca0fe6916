"""What people do to Secrets that are the operator's, and to ServiceAccounts."""

from collections.abc import Mapping
from dataclasses import replace

from harbor_operator.api.base import LEDGER_SUFFIX
from harbor_operator.api.robot import ROBOTS
from testbed.tools.waiting import until
from tests.soak.model import Space
from tests.soak.spaces import SECRET_NAMES
from tests.soak.stage import Stage
from tests.support.cluster import NAMESPACES, encoded
from tests.support.custom_resources import MERGE, Json

NO_LOGIN = '{"auths": {}}'
"""What is written over a pull secret: it is told from any login."""
ACCOUNT_SECONDS = 20.0
FOREIGN_ENTRIES = ("theirs-1", "theirs-2", "theirs-3", "theirs-4")
CONFLICT = 409


class Secrets:
    """Secrets that are edited and deleted, delivered ones and robots'."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def delete(self) -> None:
        """Delete what was delivered."""
        namespace, name = self._drawn()
        self._stage.journal.note(f"delete-secret {namespace} {name}")
        await self._stage.cluster.delete(f"{NAMESPACES}/{namespace}/secrets/{name}")
        self._stage.model.doubt((namespace, name))

    async def spoil(self) -> None:
        """Write over what was delivered."""
        namespace, name = self._drawn()
        self._stage.journal.note(f"spoil-secret {namespace} {name}")
        await self._merge(namespace, name, {".dockerconfigjson": NO_LOGIN})

    async def hit_robot(self) -> None:
        """Delete a robot's Secret or ledger, or write over it."""
        choice, cluster = self._stage.choice, self._stage.cluster
        team = choice.choice(self._stage.teams)
        listed = await cluster.get(team.path(ROBOTS))
        names = sorted(body["metadata"]["name"] for body in listed["items"])
        suffix, deletes, draw = (
            choice.choice(("", LEDGER_SUFFIX)),
            choice.random() < 0.5,
            choice.random(),
        )
        if not names:
            return
        name = names[int(draw * len(names))] + suffix
        self._stage.journal.note(
            f"{'delete' if deletes else 'spoil'}-robot-secret {team.namespace} {name}"
        )
        if deletes:
            await cluster.delete(team.core_path("secrets", name))
        else:
            await self._merge(
                team.namespace,
                name,
                {"ledger": "?"} if suffix else {"username": "", "password": ""},
            )

    def _drawn(self) -> tuple[str, str]:
        """One of those that have to be there; none that people made."""
        places = sorted(self._stage.model.holdings(self._stage.journal.now()))
        return self._stage.choice.choice(places)

    async def _merge(self, namespace: str, name: str, data: Mapping[str, str]) -> None:
        path = f"{NAMESPACES}/{namespace}/secrets/{name}"
        answer = await self._stage.cluster.server.ask(
            "PATCH", path, {"data": encoded(**data)}, headers=MERGE
        )
        assert answer.status in {200, 404}, answer.message


class Accounts:
    """ServiceAccounts and the entries in them."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def create(self) -> None:
        """Make a ServiceAccount."""
        space = self._drawn()
        name = self._stage.choice.choice(("builder", "runner"))
        if name in space.accounts:
            return
        self._stage.journal.note(f"account {space.name} {name}")
        path = f"{NAMESPACES}/{space.name}/serviceaccounts"
        await self._stage.cluster.create(path, {"metadata": {"name": name}})
        self._know(space, name, ())

    async def delete(self) -> None:
        """Delete a ServiceAccount; the default one comes back by itself."""
        space = self._drawn()
        name = self._stage.choice.choice(sorted(space.accounts))
        self._stage.journal.note(f"delete-account {space.name} {name}")
        await self._stage.cluster.delete(f"{NAMESPACES}/{space.name}/serviceaccounts/{name}")
        left = {other: entries for other, entries in space.accounts.items() if other != name}
        if name == "default":
            left[name] = ()
        self._stage.model.spaces[space.name] = replace(space, accounts=left)

    async def edit(self) -> None:
        """Add or remove an entry of somebody else, and perhaps the operator's own ones."""
        choice = self._stage.choice
        space = self._drawn()
        name = choice.choice(sorted(space.accounts))
        theirs, drops = list(space.accounts[name]), choice.random() < 0.4
        new = choice.choice(FOREIGN_ENTRIES)
        at = choice.randint(0, len(theirs))
        if new in theirs:
            theirs.remove(new)
        else:
            theirs.insert(at, new)
        self._stage.journal.note(f"entries {space.name} {name} {theirs}{' alone' if drops else ''}")
        await self._write(space, name, theirs, drops=drops)
        self._know(space, name, tuple(theirs))

    async def _write(self, space: Space, name: str, theirs: list[str], *, drops: bool) -> None:
        """Write the entries against the version that was read, as an editor does."""
        path = f"{NAMESPACES}/{space.name}/serviceaccounts/{name}"
        cluster = self._stage.cluster

        async def written() -> bool:
            body = await cluster.find(path)
            if body is None:
                return False
            ours = [] if drops else self._ours(space, name, body)
            patch = {
                "metadata": {"resourceVersion": body["metadata"]["resourceVersion"]},
                "imagePullSecrets": [{"name": entry} for entry in [*theirs, *ours]],
            }
            answer = await cluster.server.ask("PATCH", path, patch, headers=MERGE)
            assert answer.status in {200, 404, CONFLICT}, answer.message
            return answer.status == 200

        await until(written, within=ACCOUNT_SECONDS)

    def _ours(self, space: Space, name: str, body: Json) -> list[str]:
        entries = [entry["name"] for entry in body.get("imagePullSecrets") or []]
        known = space.accounts[name]
        return [entry for entry in entries if entry in SECRET_NAMES and entry not in known]

    def _drawn(self) -> Space:
        return self._stage.choice.choice([s for _, s in sorted(self._stage.model.spaces.items())])

    def _know(self, space: Space, name: str, entries: tuple[str, ...]) -> None:
        accounts = {**space.accounts, name: entries}
        self._stage.model.spaces[space.name] = replace(space, accounts=accounts)
