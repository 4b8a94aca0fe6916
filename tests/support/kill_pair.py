"""A robot and the pull secret that delivers it, and what is promised of the two from outside."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from testbed.harbor.state import Robot
from tests.support.cluster import NAMESPACES, decoded, is_ready, status_of
from tests.support.constant_pulls import Login
from tests.support.custom_resources import AnyKind, Json
from tests.support.kill_stage import PROJECT, KillStage


@dataclass(slots=True)
class Pair:
    """One robot, one pull secret, by their names.

    Attributes:
        before: The login that served when the present step began.
        requests: How many requests were made; each needs a token of its own.
    """

    stage: KillStage
    robot: str
    pull_secret: str
    reaches_far: bool
    before: Login | None = None
    requests: int = 0

    @property
    def pull_paths(self) -> tuple[str, ...]:
        """Where the pull secret is delivered."""
        home, far = self.stage.team.namespace, self.stage.far
        namespaces = (home, far) if self.reaches_far else (home,)
        return tuple(f"{NAMESPACES}/{name}/secrets/{self.pull_secret}" for name in namespaces)

    @property
    def token(self) -> str:
        """The request that was made last."""
        return f"request-{self.requests}"

    async def create(self, **rotation: object) -> None:
        """Create both, without waiting, with the shortest overlap there is."""
        team = self.stage.team
        await team.robot(self.robot, PROJECT, rotation={"overlap": "1m", **rotation})
        names = [team.namespace, self.stage.far] if self.reaches_far else [team.namespace]
        accounts = {"names": ["default"]}
        targets = {"namespaces": {"names": names}}
        await team.pull_secret(
            self.pull_secret, self.robot, targets=targets, serviceAccounts=accounts
        )

    async def serving(self, **rotation: object) -> None:
        """Create both, and wait until they serve and all is at rest."""
        step = f"make-{self.robot}"
        self.stage.orders.give(step)
        await self.create(**rotation)
        await self.stage.settled(step, lambda: self.broken(accounts=1))

    async def delete(self) -> None:
        """Delete both, without waiting."""
        await self.stage.team.delete(PULL_SECRETS, self.pull_secret)
        await self.stage.team.delete(ROBOTS, self.robot)

    async def ask(self, annotation: str) -> None:
        """Make a request that was never made before, by one of the robot's annotations."""
        self.requests += 1
        self.before = await self.login()
        await self.stage.team.annotate(ROBOTS, self.robot, annotation, self.token)

    async def login(self) -> Login:
        """What the robot's own Secret holds."""
        data = decoded(await self.stage.team.secret(self.robot))
        return Login(data["username"], data["password"])

    def accounts(self) -> list[Robot]:
        """The robot accounts of the robot, dead or alive its object."""
        others = {robot.id for robot in self.stage.foreign}
        robots = self.stage.team.robots(PROJECT)
        return [r for r in robots if f"+{self.robot}-" in r.name and r.id not in others]

    async def broken(self, *, accounts: int, handled: str = "") -> list[str]:
        """What is not as promised of a pair at rest.

        Args:
            accounts: How many robot accounts it has.
            handled: The status field that must echo the request.
        """
        objects = await self._objects()
        if isinstance(objects, str):
            return [objects]
        robot, ledger = objects
        found = [problem async for problem in self._broken_robot(robot, ledger, accounts)]
        if handled and status_of(robot, handled) != self.token:
            found.append(f"{handled} is not {self.token}")
        return found or [problem async for problem in self._broken_logins(ledger)]

    async def left(self) -> list[str]:
        """What is there that should not be any more after a deletion."""
        team = self.stage.team
        own = [
            team.path(ROBOTS, self.robot),
            team.path(PULL_SECRETS, self.pull_secret),
            team.core_path("secrets", self.robot),
            team.core_path("secrets", f"{self.robot}-ledger"),
            *self.pull_paths,
        ]
        there = [path for path in own if await self.stage.world.cluster.find(path)]
        noted = await self._account_mentions()
        return [f"{path} is there" for path in [*there, *(r.name for r in self.accounts())]] + noted

    async def _account_mentions(self) -> list[str]:
        path = self.stage.team.core_path("serviceaccounts", "default")
        account = await self.stage.world.cluster.get(path)
        entries = {"name": self.pull_secret} in (account.get("imagePullSecrets") or [])
        return ["the ServiceAccount still names the pull secret"] if entries else []

    async def _objects(self) -> tuple[Json, Json] | str:
        """The robot and its ledger's content, or which is missing or not Ready."""
        find, team = self.stage.world.cluster.find, self.stage.team
        kinds: tuple[tuple[AnyKind, str], ...] = (
            (PULL_SECRETS, self.pull_secret),
            (ROBOTS, self.robot),
        )
        body: Json | None = None
        for kind, name in kinds:
            body = await find(team.path(kind, name))
            if body is None or not is_ready(body):
                return f"{kind.kind} {name} is not Ready"
        secret = await find(team.core_path("secrets", f"{self.robot}-ledger"))
        if body is None or secret is None:
            return "there is no ledger"
        return body, json.loads(decoded(secret)["ledger"])

    async def _broken_robot(self, robot: Json, ledger: Json, accounts: int) -> AsyncIterator[str]:
        if open_ := {"pending", "attempt"} & ledger.keys():
            yield f"the ledger holds {', '.join(sorted(open_))}"
        found = self.accounts()
        if len(found) != accounts:
            yield f"{len(found)} robot accounts, not {accounts}: {[r.name for r in found]}"
        live = ledger.get("live") or {}
        if live.get("robotID") not in {account.id for account in found}:
            yield "the live robot account is gone"
        if status_of(robot, "username") != live.get("username"):
            yield "the status names another robot account than the ledger"
        noted = status_of(robot, "previous") or []
        if len(noted) != accounts - 1:
            yield f"the status notes {len(noted)} previous robot accounts"

    async def _broken_logins(self, ledger: Json) -> AsyncIterator[str]:
        live = Login(ledger["live"]["username"], ledger["live"]["password"])
        if await self.login() != live:
            yield "the robot's Secret holds another login than the ledger"
        for path in self.pull_paths:
            if await self.stage.pulls.delivered(path) != live:
                yield f"{path} holds another login than the ledger"
        if problem := await self.stage.pulls.try_login(live):
            yield f"{live.username}: {problem}"

    async def refused_before(self) -> list[str]:
        """Whether the login from before the step is refused although its overlap goes on."""
        assert self.before is not None
        problem = await self.stage.pulls.try_login(self.before)
        return [f"{self.before.username}, in its overlap: {problem}"] if problem else []

    async def accepted_before(self) -> list[str]:
        """Whether the login from before the step is still accepted although it has ended."""
        assert self.before is not None
        problem = await self.stage.pulls.try_login(self.before)
        return [] if problem else [f"{self.before.username}: its old login still works"]
