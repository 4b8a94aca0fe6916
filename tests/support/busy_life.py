"""A life in which all that could make an operator tell a secret happens to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from harbor_operator.api.base import LEDGER_SUFFIX
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from testbed.harbor.faults import FaultKind, Faults
from testbed.harbor.known_secrets import KnownSecret
from testbed.tools.waiting import until
from tests.support.cluster import NAMESPACES, decoded, encoded, has_reason, is_ready, status_of
from tests.support.custom_resources import AnyKind, Json, manifest
from tests.support.every_setting import HEADER, HEADER_KEY, HEADER_SECRET, SETTINGS, make_header
from tests.support.hiding_places import Entitled
from tests.support.system_world import (
    ADMIN_PASSWORD,
    CREDENTIALS,
    SystemWorld,
    cluster_path,
    connection_spec,
    credentials,
)
from tests.support.team import Team

WRONG_PASSWORD = "Canary Wrong+Password/4Rt"
HUB_PASSWORD, NEXT_HUB_PASSWORD = "Canary-Hub-Password-1Vb", "Canary-Hub-Password-2Wn"
NEXT_HEADER = 'Bearer "Canary\\Next=Header" 8Lm'
SECRETS = f"{NAMESPACES}/default/secrets"
HUB = {
    "name": "hub",
    "type": "docker-hub",
    "url": "https://hub.example.com",
    "credentialsSecretRef": {"namespace": "default", "name": "hub"},
}
OVERLAP = timedelta(minutes=1)
SLOW = 1.5
"""Seconds that are more than the time-out of `REQUESTS`."""
REQUESTS = {"timeoutSeconds": 1, "perSecond": 1000}
RECOVERY = 40.0
"""Seconds: an operator that has failed a few times pauses for some."""
_ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_REFUSED, _TAKEN = "unwelcome", "taken"
"""Names of Secrets that cannot be written, by a policy or because somebody else's is there."""

_ROBOTS, _TOKENS = "*/robots", "/service/token"
FAULTS: Mapping[str, Callable[[Faults], int]] = {
    "refused": lambda faults: faults.add_status(401, "POST", _ROBOTS, times=2),
    "forbidden": lambda faults: faults.add_status(403, "POST", _ROBOTS, times=1),
    "broken": lambda faults: faults.add_status(500, "POST", _ROBOTS, times=1),
    "lost": lambda faults: faults.add_status(502, "POST", _ROBOTS, times=1, after_effect=True),
    "busy": lambda faults: faults.add_status(429, "POST", _ROBOTS, times=1, retry_after=1),
    "slow": lambda faults: faults.add_latency(SLOW, "POST", _ROBOTS, times=1),
    "dropped": lambda faults: faults.add_drop("POST", _ROBOTS, times=1),
    "unanswered": lambda faults: faults.add_drop("POST", _ROBOTS, times=1, after_effect=True),
    "truncated": lambda faults: faults.add_garbling(FaultKind.TRUNCATE, "POST", _ROBOTS, times=1),
    "mistyped": lambda faults: faults.add_garbling(FaultKind.MISTYPE, "POST", _ROBOTS, times=1),
    "no-token": lambda faults: faults.add_status(500, "GET", _TOKENS, times=4),
    "refused-token": lambda faults: faults.add_status(401, "GET", _TOKENS, times=1),
    "slow-token": lambda faults: faults.add_latency(SLOW, "GET", _TOKENS, times=1),
    "truncated-token": lambda faults: faults.add_garbling(
        FaultKind.TRUNCATE, "GET", _TOKENS, times=1
    ),
}
"""What goes wrong while a robot of that name is made; its secret is on the way every time."""


@dataclass(frozen=True, slots=True)
class BusyLife:
    """What happens to one team and to the connection that it uses."""

    team: Team
    served: str
    """A namespace into which the team's pull secret is delivered."""

    async def live(self) -> None:
        """Let everything happen that a running operator goes through."""
        await self._make_everything()
        await self._log_in_wrongly()
        await self._replace_given_secrets()
        await self._rotate()
        await self._refresh()
        await self._fail_at_all_times()
        await self._refuse_secrets()
        await self._lose_a_race()
        await self._disable()

    async def go_on(self) -> None:
        """Let a robot be made and another rotated by an operator that was started meanwhile."""
        await self.team.robot("late", "web")
        await self._rotated("ci", "late")
        await self._ready(ROBOTS, "late")

    async def entitled(self, secrets: list[KnownSecret]) -> Entitled:
        """Which Secrets may hold which of Harbor's secrets, by the team's objects."""
        namespace = self.team.namespace
        given = {
            CREDENTIALS: frozenset({ADMIN_PASSWORD}),
            ("default", "hub"): frozenset({NEXT_HUB_PASSWORD}),
            (namespace, HEADER_SECRET): frozenset({NEXT_HEADER}),
        }
        held: dict[tuple[str, str], frozenset[str]] = {}
        for body in await self._list(ROBOTS):
            name, username = status_of(body, "secretName"), str(status_of(body, "username"))
            base = f"{username.rpartition('-')[0]}-"
            own = [secret for secret in secrets if secret.holder.startswith(base)]
            live = [secret for secret in own if secret.holder == username]
            held[namespace, name] = frozenset(secret.value for secret in live)
            held[namespace, f"{name}{LEDGER_SUFFIX}"] = frozenset(secret.value for secret in own)
        (robot,) = {body["spec"]["robotRef"]["name"] for body in await self._list(PULL_SECRETS)}
        pulled = {(place, "pull"): held[namespace, robot] for place in (namespace, self.served)}
        return {**given, **held, **pulled}

    async def _list(self, kind: AnyKind) -> list[Json]:
        listed = await self.team.world.cluster.get(self.team.path(kind))
        found: list[Json] = listed["items"]
        return found

    async def _make_everything(self) -> None:
        team = self.team
        await make_header(team)
        await team.project("web", **SETTINGS["webhooks"].spec)
        await self._robot("ci", preset="PullPush")
        await self._robot("puller")
        await team.pull_secret(
            "pull",
            "puller",
            targets={"namespaces": {"names": [team.namespace, self.served]}},
            serviceAccounts={"names": ["default"]},
        )
        await self._ready(PULL_SECRETS, "pull")

    async def _robot(self, name: str, *, preset: str = "Pull") -> None:
        await self.team.robot(name, "web", preset=preset, rotation={"overlap": "1m"})
        await self._ready(ROBOTS, name)

    async def _ready(self, kind: AnyKind, name: str) -> Json:
        path = self.team.path(kind, name)
        return await self.team.world.cluster.seen(path, is_ready, within=RECOVERY)

    async def _log_in_wrongly(self) -> None:
        world, name = self.team.world, "wrong-login"
        await world.cluster.create(SECRETS, credentials(name, WRONG_PASSWORD))
        login = {"credentialsSecretRef": {"namespace": "default", "name": name}}
        wanted = {**connection_spec(world.harbor.url), **login}
        connections = cluster_path(CONNECTIONS)
        await world.cluster.create(connections, manifest(CONNECTIONS, name, wanted))
        await world.cluster.seen(f"{connections}/{name}", has_reason("AuthenticationFailed"))
        await world.cluster.delete(f"{connections}/{name}")
        await world.cluster.gone(f"{connections}/{name}")
        await world.cluster.delete(f"{SECRETS}/{name}")

    async def _replace_given_secrets(self) -> None:
        """People write other passwords into the Secrets that the operator hands on to Harbor."""
        harbor = self.team.world.harbor
        harbor.faults.add_garbling(FaultKind.MISTYPE, "PUT", "*/webhook/policies/*", times=1)
        harbor.faults.add_status(400, "PUT", "*/registries/*", times=1)
        cluster = self.team.world.cluster
        header = self.team.core_path("secrets", HEADER_SECRET)
        await cluster.merge(header, {"data": encoded(**{HEADER_KEY: NEXT_HEADER})})
        await cluster.merge(f"{SECRETS}/hub", {"data": encoded(password=NEXT_HUB_PASSWORD)})

        async def are_handed_on() -> bool:
            known = {secret.value for secret in harbor.core.secrets}
            return known >= {HEADER, NEXT_HEADER, HUB_PASSWORD, NEXT_HUB_PASSWORD}

        await until(are_handed_on, within=RECOVERY)

    async def _rotate(self) -> None:
        await self._rotated("ci", "soon")
        self.team.world.harbor.clock.offset_seconds += OVERLAP.total_seconds() + 2
        await self.team.look_again(ROBOTS, "ci")
        await self._rotated("puller", "soon")

    async def _refresh(self) -> None:
        """Give a robot account another secret, at the second attempt or half answered."""
        await self.team.robot("kept", "web", rotation={"strategy": "Refresh"})
        await self._ready(ROBOTS, "kept")
        faults = self.team.world.harbor.faults
        faults.add_status(500, "PATCH", _ROBOTS + "/*", times=1)
        await self._rotated("kept", "soon")
        faults.add_garbling(FaultKind.TRUNCATE, "PATCH", _ROBOTS + "/*", times=1)
        await self._rotated("kept", "again")

    async def _rotated(self, name: str, token: str) -> None:
        await self.team.annotate(ROBOTS, name, "rotate-requested-at", token)

        def is_handled(body: Json) -> bool:
            return is_ready(body) and status_of(body, "lastHandledRotateAt") == token

        path = self.team.path(ROBOTS, name)
        await self.team.world.cluster.seen(path, is_handled, within=RECOVERY)

    async def _fail_at_all_times(self) -> None:
        for name, begin in FAULTS.items():
            faults = self.team.world.harbor.faults
            number = begin(faults)
            await self.team.robot(name, "web")
            await until(partial(_is_over, faults, number), within=RECOVERY)
            faults.clear()
        for name in FAULTS:
            # What a person would have to mend is looked at by itself only after minutes.
            await self.team.annotate(ROBOTS, name, "reconcile-requested-at", "mended")
        for name in FAULTS:
            await self._ready(ROBOTS, name)

    async def _refuse_secrets(self) -> None:
        cluster = self.team.world.cluster
        await self._forbid_secret()
        await cluster.create(
            self.team.core_path("secrets"),
            {"metadata": {"name": _TAKEN}, "stringData": {"some": "thing"}},
        )
        await self.team.robot(_REFUSED, "web")
        await self.team.robot(_TAKEN, "web")
        await self.team.ready(ROBOTS, _REFUSED, has_reason("InvalidSpec"))
        await self.team.ready(ROBOTS, _TAKEN, has_reason("SecretNotOwned"))
        for name in (_REFUSED, _TAKEN):
            await self.team.delete(ROBOTS, name)
            await self.team.gone(ROBOTS, name)

    async def _forbid_secret(self) -> None:
        """Let the API server refuse a Secret with its password in the message."""
        cluster = self.team.world.cluster
        policy, binding = _policy(self.team.namespace)
        await cluster.create(f"{_ADMISSION}/validatingadmissionpolicies", policy)
        await cluster.create(f"{_ADMISSION}/validatingadmissionpolicybindings", binding)
        secrets = f"{self.team.core_path('secrets')}?dryRun=All"
        body = {"metadata": {"name": _REFUSED}, "data": encoded(password="known to all")}

        async def is_in_force() -> bool:
            answer = await cluster.server.ask("POST", secrets, body)
            return body["data"]["password"] in answer.message

        await until(is_in_force, within=RECOVERY)

    async def _lose_a_race(self) -> None:
        """Somebody touches the ledger while Harbor makes the robot for it."""
        cluster, faults = self.team.world.cluster, self.team.world.harbor.faults
        ledger = self.team.core_path("secrets", "busy-ledger")
        faults.add_latency(REQUESTS["timeoutSeconds"] / 2, "POST", _ROBOTS, times=1)
        await self.team.annotate(ROBOTS, "busy", "rotate-requested-at", "raced")
        await cluster.seen(ledger, lambda body: "attempt" in decoded(body)["ledger"])
        await cluster.merge(ledger, {"metadata": {"annotations": {"touched": "yes"}}})
        await self._rotated("busy", "raced")

    async def _disable(self) -> None:
        team = self.team
        robot = next(r for r in team.robots("web") if "+broken-" in r.name)
        robot.disabled = True
        await team.look_again(ROBOTS, "broken")
        await team.ready(ROBOTS, "broken", has_reason("RobotDisabled"))
        robot.disabled = False
        await team.look_again(ROBOTS, "broken")
        await self._ready(ROBOTS, "broken")


def connection_fields() -> Json:
    """What the life's connection states beside the least."""
    return {
        "tenants": [
            {
                "namespaces": {"names": ["team-*"]},
                "proxyCacheRegistries": ["hub"],
                "webhookHosts": ["hooks.example.com"],
            }
        ],
        "distribution": [{"from": ["team-*"], "to": {"names": ["fed-*"]}}],
        "registries": [HUB],
        "requests": REQUESTS,
    }


async def prepare(world: SystemWorld) -> None:
    """Make the Secret that the connection of `connection_fields` names."""
    body = {**credentials("hub", HUB_PASSWORD), "stringData": _login(HUB_PASSWORD)}
    await world.cluster.create(SECRETS, body)


async def clean_up(world: SystemWorld, namespace: str) -> None:
    """Take away what outlives the team's namespace."""
    policy = f"validatingadmissionpolicies/{_name(namespace)}"
    binding = f"validatingadmissionpolicybindings/{_name(namespace)}"
    for path in (f"{_ADMISSION}/{binding}", f"{_ADMISSION}/{policy}", f"{SECRETS}/hub"):
        await world.cluster.delete(path)


def _login(password: str) -> Json:
    return {"username": "puller", "password": password}


async def _is_over(faults: Faults, number: int) -> bool:
    return number not in faults.in_force()


def _name(namespace: str) -> str:
    return f"{_REFUSED}-{namespace}"


def _policy(namespace: str) -> tuple[Json, Json]:
    """A policy that refuses one Secret of a namespace, in the most talkative way, in force."""
    rule = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": ["secrets"],
    }
    policy = {
        "metadata": {"name": _name(namespace)},
        "spec": {
            "matchConstraints": {"resourceRules": [rule]},
            "validations": [
                {
                    "expression": f"object.metadata.name != '{_REFUSED}'",
                    "messageExpression": "'not ' + string(object.data.password)",
                }
            ],
        },
    }
    binding = {
        "metadata": {"name": _name(namespace)},
        "spec": {
            "policyName": _name(namespace),
            "validationActions": ["Deny"],
            "matchResources": {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
            },
        },
    }
    return policy, binding
