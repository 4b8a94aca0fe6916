"""What people do with namespaces: make, delete, label them, and let them accept pull secrets."""

from collections.abc import AsyncIterator
from dataclasses import replace

from harbor_operator.api.base import ANNOTATION_ACCEPT_PULL_SECRETS, LABEL_OWNER_UID
from harbor_operator.api.pullsecret import PULL_SECRETS
from tests.soak.model import Key, Space
from tests.soak.stage import TRUST, Stage
from tests.support.cluster import NAMESPACES, encoded, is_ready
from tests.support.custom_resources import Json

MOST = 44
FEWEST = 24
NAMES = tuple(f"soak-{number}" for number in range(10, 10 + MOST))
TIERS = (None, "gold", "silver")
SECRET_NAMES = ("pull-a", "pull-b", "pull-c", "pull-d")
"""Few, so that pull secrets want the same."""
END_SECONDS = 60.0
"""A namespace that goes is emptied by the controller manager first."""
FOREIGN = encoded(key="somebody else's")


class Spaces:
    """Namespaces that no team works in."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._model = stage.model

    @property
    def shops(self) -> list[Space]:
        """Those that are there."""
        homes = {team.namespace for team in self._stage.teams}
        return [space for name, space in sorted(self._model.spaces.items()) if name not in homes]

    async def create(self) -> None:
        """Make a namespace, perhaps with a Secret and a ServiceAccount that somebody made."""
        free = [name for name in NAMES if name not in self._model.spaces]
        if not free:
            return
        choice = self._stage.choice
        name = choice.choice(free)
        await self._stage.cluster.gone(f"{NAMESPACES}/{name}", within=END_SECONDS)
        await self._stage.cluster.create(NAMESPACES, {"metadata": {"name": name}})
        self._stage.journal.note(f"create {name}")
        space = Space(name, accounts={"default": ()})
        if choice.random() < 0.2:
            space = await self._occupied(space, choice.choice(SECRET_NAMES))
        if choice.random() < 0.2:
            space = await self._with_entry(space, choice.choice(SECRET_NAMES))
        self._model.place(space, self._stage.journal.now())
        await self._change(self._drawn(space))

    async def delete(self) -> None:
        """Delete a namespace."""
        if len(self.shops) <= FEWEST:
            return
        name = self._stage.choice.choice(self.shops).name
        self._stage.journal.note(f"delete {name}")
        await self._stage.cluster.delete(f"{NAMESPACES}/{name}")
        self._model.remove(name)

    async def relabel(self) -> None:
        """Give a namespace other labels."""
        space = self._stage.choice.choice(self.shops)
        drawn = self._drawn(space)
        await self._change(replace(space, labels=drawn.labels))

    async def consent(self) -> None:
        """Let a namespace accept pull secrets of other teams than before."""
        space = self._stage.choice.choice(self.shops)
        drawn = self._drawn(space)
        await self._change(replace(space, accepts=drawn.accepts))

    async def vacate(self) -> None:
        """Delete a Secret that somebody made where a pull secret may want to be."""
        occupied = [space for space in self.shops if space.foreign]
        if not occupied:
            return
        space = self._stage.choice.choice(occupied)
        self._stage.journal.note(f"vacate {space.name} {' '.join(space.foreign)}")
        for name in space.foreign:
            await self._stage.cluster.delete(f"{NAMESPACES}/{space.name}/secrets/{name}")
        self._place(replace(space, foreign=frozenset()))

    def _drawn(self, space: Space) -> Space:
        choice = self._stage.choice
        tier = choice.choice(TIERS)
        labels = {"tier": tier} if tier else {}
        if choice.random() < 0.6:
            labels |= dict([TRUST])
        accepts = [team.namespace for team in self._stage.teams if choice.random() < 0.4]
        return replace(space, labels=labels, accepts=frozenset(accepts))

    async def _change(self, space: Space) -> None:
        before = self._model.spaces[space.name]
        labels = {key: space.labels.get(key) for key in ("tier", TRUST[0])}
        accepts = ",".join(sorted(space.accepts)) or None
        sure = [key async for key in self._sure(before)]
        self._stage.journal.note(f"change {space.name} to {labels} accepting {accepts}")
        metadata = {"labels": labels, "annotations": {ANNOTATION_ACCEPT_PULL_SECRETS: accepts}}
        await self._stage.cluster.merge(f"{NAMESPACES}/{space.name}", {"metadata": metadata})
        self._model.place(space, self._stage.journal.now(), sure)

    def _place(self, space: Space) -> None:
        self._model.place(space, self._stage.journal.now())

    async def _sure(self, space: Space) -> AsyncIterator[Key]:
        """The pull secrets that a namespace holds, of those that are through with their specs."""
        for key, pull in self._model.pulls.items():
            if not self._model.serves(pull, space):
                continue
            body = await self._stage.cluster.find(
                self._stage.team(key[0]).path(PULL_SECRETS, key[1])
            )
            secret = await self._stage.cluster.find(
                f"{NAMESPACES}/{space.name}/secrets/{pull.secret}"
            )
            if body and secret and is_ready(body) and _owner(secret) == body["metadata"]["uid"]:
                yield key

    async def _occupied(self, space: Space, secret: str) -> Space:
        body = {"metadata": {"name": secret}, "data": FOREIGN}
        await self._stage.cluster.create(f"{NAMESPACES}/{space.name}/secrets", body)
        self._stage.journal.note(f"occupy {space.name} {secret}")
        return replace(space, foreign=frozenset({secret}))

    async def _with_entry(self, space: Space, secret: str) -> Space:
        entries = (secret, "their-own")
        body = {"metadata": {"name": "legacy"}, "imagePullSecrets": [{"name": e} for e in entries]}
        await self._stage.cluster.create(f"{NAMESPACES}/{space.name}/serviceaccounts", body)
        self._stage.journal.note(f"account {space.name} legacy {' '.join(entries)}")
        return replace(space, accounts={**space.accounts, "legacy": entries})


def _owner(secret: Json) -> str | None:
    owner: str | None = (secret["metadata"].get("labels") or {}).get(LABEL_OWNER_UID)
    return owner
