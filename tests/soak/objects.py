"""What teams do with their HarborPullSecrets and HarborRobots."""

import itertools
from dataclasses import dataclass, field, replace

from harbor_operator.api.base import ANNOTATION_ROTATE
from harbor_operator.api.pullsecret import PULL_SECRETS, child_name
from harbor_operator.api.robot import ROBOTS
from tests.soak.model import Accounts, Key, PullSecret, Selection
from tests.soak.spaces import NAMES, SECRET_NAMES, TIERS
from tests.soak.stage import PROJECT_NAMES, Stage
from tests.support.custom_resources import Json, manifest
from tests.support.team import Team

MOST_PULLS = 5
MOST_ROBOTS = 3
PULL_NAMES = tuple(f"pull-{number}" for number in range(MOST_PULLS + 2))
ROTATION = {"overlap": "1m"}
END_SECONDS = 60.0
CHOICES = (
    Accounts(),
    Accounts(("default",)),
    Accounts(("default", "builder")),
    Accounts(every=True),
)


@dataclass(slots=True)
class Robots:
    """HarborRobots by namespace and name, each with its project; names are never used again."""

    stage: Stage
    projects: dict[Key, str] = field(default_factory=dict)
    tokens: dict[Key, str] = field(default_factory=dict)
    """The rotation that was asked for last."""
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    async def create(self) -> None:
        """Make a robot of one project."""
        team = self.stage.choice.choice(self.stage.teams)
        project = self.stage.choice.choice(PROJECT_NAMES)
        if len(self.of(team)) < MOST_ROBOTS:
            name = f"robot-{next(self.numbers)}"
            self.stage.journal.note(f"create {team.namespace} {name} for {project}")
            await team.robot(name, project, rotation=ROTATION)
            self.projects[team.namespace, name] = project

    async def delete(self) -> None:
        """Delete a robot that no pull secret names."""
        unused = [key for key in sorted(self.projects) if not self._users(key)]
        if not unused:
            return
        await self._delete(self.stage.choice.choice(unused))

    async def rotate(self) -> None:
        """Ask for a rotation."""
        if not self.projects:
            return
        key = self.stage.choice.choice(sorted(self.projects))
        token = f"token-{next(self.numbers)}"
        self.stage.journal.note(f"rotate {' '.join(key)} {token}")
        patch = {"metadata": {"annotations": {ANNOTATION_ROTATE: token}}}
        await self.stage.cluster.merge(self.stage.team(key[0]).path(ROBOTS, key[1]), patch)
        self.tokens[key] = token

    async def revoke_account(self) -> None:
        """Delete a robot account in Harbor itself."""
        state, draw = self.stage.world.harbor.state, self.stage.choice.random()
        accounts = sorted(state.robots.values(), key=lambda robot: robot.id)
        if not accounts:
            return
        account = accounts[int(draw * len(accounts))]
        self.stage.journal.note(f"revoke {account.name}")
        async with self.stage.turn:
            self.stage.revoked.add(f"{self.stage.world.harbor.core.robot_prefix}{account.name}")
            state.remove_robot(account)

    async def delete_all(self, team: Team) -> None:
        """Delete all robots of a team, whether a pull secret names them or not."""
        for name in self.of(team):
            await self._delete((team.namespace, name))

    async def _delete(self, key: Key) -> None:
        self.stage.journal.note(f"delete {' '.join(key)}")
        self.stage.ended.add(key[1])
        await self.stage.team(key[0]).delete(ROBOTS, key[1])
        del self.projects[key]
        self.tokens.pop(key, None)

    def of(self, team: Team) -> list[str]:
        """The names of a team's robots."""
        return sorted(name for namespace, name in self.projects if namespace == team.namespace)

    def _users(self, key: Key) -> list[PullSecret]:
        pulls = self.stage.model.pulls.values()
        return [pull for pull in pulls if (pull.key[0], pull.robot) == key]


@dataclass(slots=True)
class PullSecrets:
    """HarborPullSecrets."""

    stage: Stage
    robots: Robots
    changes: "itertools.count[int]" = field(default_factory=itertools.count)

    async def create(self) -> None:
        """Make a pull secret."""
        team = self.stage.choice.choice(self.stage.teams)
        taken = [name for home, name in self.stage.model.pulls if home == team.namespace]
        if len(taken) >= MOST_PULLS:
            return
        name = self.stage.choice.choice([name for name in PULL_NAMES if name not in taken])
        secret = self.stage.choice.choice(SECRET_NAMES)
        pull = self._sourced(PullSecret((team.namespace, name), secret))
        pull = replace(
            pull, targets=self._targets(team), accounts=self.stage.choice.choice(CHOICES)
        )
        await self.stage.cluster.gone(team.path(PULL_SECRETS, name), within=END_SECONDS)
        self.stage.journal.note(f"create {team.namespace} {name} {_told(pull)}")
        spec = {"secretName": secret, **_spec(pull)}
        await team.world.cluster.create(team.path(PULL_SECRETS), _manifest(name, spec))
        self.stage.model.ask(pull, self.stage.journal.now())

    async def delete(self) -> None:
        """Delete a pull secret."""
        pull = self._drawn()
        if pull is not None and len(self.stage.model.pulls) > MOST_PULLS:
            await self._delete(pull)

    async def delete_all(self, team: Team) -> None:
        """Delete all pull secrets of a team."""
        for key, pull in sorted(self.stage.model.pulls.items()):
            if key[0] == team.namespace:
                await self._delete(pull)

    async def _delete(self, pull: PullSecret) -> None:
        self.stage.journal.note(f"delete {' '.join(pull.key)}")
        self._end_child(pull)
        await self.stage.team(pull.key[0]).delete(PULL_SECRETS, pull.key[1])
        self.stage.model.withdraw(pull.key)

    async def retarget(self) -> None:
        """Give a pull secret other targets."""
        pull = self._drawn()
        if pull is not None:
            targets = self._targets(self.stage.team(pull.key[0]))
            await self._change(replace(pull, targets=targets))

    async def reassign(self) -> None:
        """Give a pull secret other ServiceAccounts."""
        pull = self._drawn()
        if pull is not None:
            await self._change(replace(pull, accounts=self.stage.choice.choice(CHOICES)))

    async def resource(self) -> None:
        """Let a pull secret deliver another credential."""
        pull = self._drawn()
        if pull is not None:
            self._end_child(pull)
            await self._change(self._sourced(replace(pull, projects=(), robot="")))

    def _drawn(self) -> PullSecret | None:
        pulls = [pull for _, pull in sorted(self.stage.model.pulls.items())]
        return self.stage.choice.choice(pulls) if pulls else None

    def _sourced(self, pull: PullSecret) -> PullSecret:
        """The pull secret with a robot, or with projects."""
        choice = self.stage.choice
        robots = self.robots.of(self.stage.team(pull.key[0]))
        projects = tuple(sorted(choice.sample(PROJECT_NAMES, choice.choice((1, 1, 2)))))
        if robots and choice.random() < 0.5:
            return replace(pull, robot=choice.choice(robots))
        return replace(pull, projects=projects)

    def _targets(self, team: Team) -> Selection | None:
        """Namespaces; no selection is ever the same as one before."""
        choice = self.stage.choice
        never = (f"never-{next(self.changes)}",)
        match choice.randrange(6):
            case 0:
                return None
            case 1:
                return Selection((team.namespace, *choice.sample(NAMES, 6)), exclude=never)
            case 2:
                return Selection(("soak-1*", "soak-3*"), exclude=(choice.choice(NAMES), *never))
            case _:
                return Selection(label=("tier", choice.choice(TIERS[1:]) or ""), exclude=never)

    async def _change(self, pull: PullSecret) -> None:
        self.stage.journal.note(f"change {' '.join(pull.key)} to {_told(pull)}")
        path = self.stage.team(pull.key[0]).path(PULL_SECRETS, pull.key[1])
        await self.stage.cluster.merge(path, {"spec": _spec(pull)})
        self.stage.model.ask(pull, self.stage.journal.now())

    def _end_child(self, pull: PullSecret) -> None:
        """What was made for projects goes with them, and no overlap is promised."""
        if pull.projects:
            self.stage.ended.add(child_name(pull.key[1]))


def _spec(pull: PullSecret) -> Json:
    """The spec, with None for what it does not state."""
    accounts = pull.accounts
    return {
        "projectRefs": [{"name": name} for name in pull.projects] or None,
        "robot": {"rotation": ROTATION} if pull.projects else None,
        "robotRef": {"name": pull.robot} if pull.robot else None,
        "targets": _selection(pull.targets),
        "serviceAccounts": {
            "all": accounts.every or None,
            "names": list(accounts.names) or None,
        }
        if accounts != Accounts()
        else None,
    }


def _selection(selection: Selection | None) -> Json | None:
    if selection is None:
        return None
    selector = {"matchLabels": dict([selection.label])} if selection.label else None
    fields = {
        "names": list(selection.names) or None,
        "selector": selector,
        "exclude": list(selection.exclude) or None,
    }
    return {"namespaces": fields}


def _told(pull: PullSecret) -> str:
    source = pull.robot or "+".join(pull.projects)
    return f"{pull.secret} of {source} to {pull.targets} for {pull.accounts}"


def _manifest(name: str, spec: Json) -> Json:
    return manifest(PULL_SECRETS, name, _stated(spec))


def _stated(document: Json) -> Json:
    """A document without what is None."""
    return {
        key: _stated(value) if isinstance(value, dict) else value
        for key, value in document.items()
        if value is not None
    }
