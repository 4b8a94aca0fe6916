"""Plays recorded exchanges with a real Harbor against the simulator, in their order."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from aiohttp import ClientSession, DummyCookieJar, encode_basic_auth
from yarl import URL

from testbed.harbor import HarborSimulator
from tests.support.fake_registry import FakeRegistry
from tests.support.trace_matching import POKED_EXPIRY, Matcher, MismatchError

TRACES = Path(__file__).parent.parent / "testbed" / "traces"
RECORDED_TOGETHER = (
    "authentication",
    "projects",
    "members",
    "robots",
    "registry-tokens",
    "policies",
)
"""The files that one Harbor was recorded for, in this order; their ids follow each other."""
RECORDED_ALONE = ("sessions",)
"""Recorded with a Harbor of its own."""

Exchange = dict[str, Any]
"""One recorded exchange, as it stands in its file."""

_CHOSEN_SECRETS = {
    "<secret-10>": "Abcdef1",
    "<secret-11>": "abcdefg1",
    "<secret-12>": "ABCDEFG1",
    "<secret-13>": "Abcdefgh",
    "<secret-14>": "Ab1" + "x" * 125,
    "<secret-15>": "Ab1" + "x" * 126,
    "<secret-16>": 'Ab1"$ \\+:@/é',
}
"""What the recording client chose where the point was what a secret looks like."""
_STRONG = "Strong-Passw0rd"
_CONFIG_DIGEST = "sha256:7a19147749ce097f32b13072bccba494b5e717d4f23fbde50f7514059e109ad1"
_CONFIG = b'{"architecture": "amd64", "os": "linux", "config": {}}'


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the simulator did on one exchange; `problem` is empty when it answered as Harbor did."""

    file: str
    index: int
    note: str
    problem: str


@dataclass(slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    cookies: list[str]
    text: str


def load(file: str) -> list[Exchange]:
    """The exchanges of a file."""
    exchanges: list[Exchange] = json.loads((TRACES / f"{file}.json").read_text())
    return exchanges


async def replay_everything() -> list[Outcome]:
    """Plays all recorded exchanges."""
    outcomes: list[Outcome] = []
    for group in (RECORDED_TOGETHER, RECORDED_ALONE):
        async with _player() as player:
            for file in group:
                outcomes += await player.play(file)
    return outcomes


@asynccontextmanager
async def _player() -> AsyncIterator["Player"]:
    async with (
        FakeRegistry() as registry,
        HarborSimulator(registry_url=registry.url) as simulator,
        ClientSession(cookie_jar=DummyCookieJar()) as client,
    ):
        registry.blobs[_CONFIG_DIGEST] = _CONFIG
        yield Player(simulator, client, Matcher(simulator.url, registry.url))


@dataclass(slots=True)
class Player:
    """A client that behaves like the one that made the recordings."""

    simulator: HarborSimulator
    client: ClientSession
    matcher: Matcher
    robots: dict[str, tuple[str, str]] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    tokens: list[tuple[str, str, str]] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)
    csrf_token: str = ""

    async def play(self, file: str) -> list[Outcome]:
        """Plays one file."""
        self.matcher.bindings = {
            recorded: bound
            for recorded, bound in self.matcher.bindings.items()
            if not recorded.startswith("<")
        }
        outcomes = []
        for index, exchange in enumerate(load(file)):
            try:
                await self._play_one(exchange)
                problem = ""
            except MismatchError as mismatch:
                problem = str(mismatch)
            outcomes.append(Outcome(file, index, exchange["note"], problem))
        return outcomes

    async def _play_one(self, exchange: Exchange) -> None:
        self._arrange(exchange)
        if "statuses" in exchange:
            await self._race(exchange)
            return
        answer = await self._send(exchange)
        self._learn(exchange, answer)
        self._compare(exchange, answer)

    def _arrange(self, exchange: Exchange) -> None:
        """Brings about what happened to the recorded Harbor from outside."""
        match exchange["note"]:
            case "health":
                self.simulator.component_errors.update(
                    {
                        component["name"]: self.matcher.localize(component["error"])
                        for component in exchange["response"]["components"]
                        if "error" in component
                    }
                )
            case "expired robot":
                number = exchange["response"]["id"]
                self.simulator.state.robots[number].expires_at = POKED_EXPIRY
            case "a robot tries to log in":
                self.passwords["robot"] = _STRONG
            case _:
                pass

    async def _race(self, exchange: Exchange) -> None:
        body: dict[str, object] = {"project_name": "race"}
        if exchange["path"].endswith("/robots"):
            access = [{"resource": "repository", "action": "pull"}]
            permission = {"kind": "project", "namespace": "ship", "access": access}
            body = {"name": "race", "level": "project", "duration": 30, "permissions": [permission]}
        racer = {**exchange, "auth": "admin", "body": body}
        answers = await asyncio.gather(*(self._send(racer) for _ in range(20)))
        counts = Counter(str(answer.status) for answer in answers)
        self.matcher.value(exchange["statuses"], dict(counts), "statuses")

    async def _send(self, exchange: Exchange) -> Answer:
        path = exchange["path"].replace("/v2.0/../", "/")
        async with self.client.request(
            exchange["method"],
            URL(self.simulator.url + path, encoded=True),
            headers=self._headers(exchange),
            data=self._payload(exchange),
            skip_auto_headers=() if "form" in exchange else ("Content-Type",),
            allow_redirects=False,
        ) as response:
            return Answer(
                status=response.status,
                headers={name.lower(): value for name, value in response.headers.items()},
                cookies=response.headers.getall("Set-Cookie", []),
                text=await response.text(),
            )

    def _headers(self, exchange: Exchange) -> dict[str, str]:
        headers = dict(exchange.get("headers", {}))
        if "body" in exchange:
            headers.setdefault("Content-Type", "application/json")
        authorization = self._authorization(exchange)
        if authorization:
            headers["Authorization"] = authorization
        cookies = self._cookies(exchange)
        if cookies:
            headers["Cookie"] = cookies
        if exchange.get("sends_csrf_header"):
            wrong = "wrong token" in exchange["note"]
            headers["X-Harbor-CSRF-Token"] = "d3Jvbmc=" if wrong else self.csrf_token
        return headers

    def _cookies(self, exchange: Exchange) -> str:
        if exchange["note"].startswith("a client that keeps cookies"):
            return f"sid={self.cookies['sid']}"
        unknown = exchange["note"].startswith("an unknown session id")
        values = {**self.cookies, **({"sid": "unknown"} if unknown else {})}
        return "; ".join(f"{name}={values[name]}" for name in exchange.get("sends_cookies", []))

    def _authorization(self, exchange: Exchange) -> str:
        auth, note = exchange.get("auth") or "", exchange["note"]
        kind, _, name = auth.partition(":")
        if kind == "admin" or auth.startswith("administrator"):
            return _basic("admin", self.simulator.admin_password)
        if kind == "bearer":
            return f"Bearer {self._token(name.removeprefix('robot').lstrip(':'), exchange['path'])}"
        if kind == "robot":
            return self._robot_authorization(name, note)
        if kind == "user":
            return _basic(name, self.passwords[name])
        if kind.startswith("wrong"):
            return _basic("admin", "wrong")
        return _basic("robot$nobody" if note == "unknown robot" else "nobody", "x") * (
            kind == "unknown"
        )

    def _robot_authorization(self, name: str, note: str) -> str:
        name, _, wrong = name.partition(" ")
        full_name, secret = self.robots[name]
        if note == "the new login":
            full_name = f"bot-{name}"
        return _basic(full_name, "wrong" if wrong else secret)

    def _token(self, robot: str, path: str) -> str:
        """The newest token of a robot (of any, if empty) that names the path's repository."""
        own = [entry for entry in self.tokens if robot in {"", entry[0]}]
        fitting = [token for _, scope, token in own if scope and f"/v2/{scope}/" in path]
        return fitting[-1] if fitting else own[-1][2]

    def _payload(self, exchange: Exchange) -> str | dict[str, str] | None:
        if "form" in exchange:
            secrets = {"<password>": self.simulator.admin_password, "<robot secret>": _STRONG}
            form: dict[str, str] = exchange["form"]
            return {key: secrets.get(value, value) for key, value in form.items()}
        if exchange["note"] == "push: manifest":
            # The recording holds only the beginning; the whole manifest is read back later.
            pulled = next(
                e for e in load("registry-tokens") if e["note"] == "manifest" and e["response"]
            )
            return json.dumps(pulled["response"])
        if "raw_body" in exchange:
            return str(exchange["raw_body"])
        if "body" not in exchange:
            return None
        return json.dumps(self._filled(exchange["body"]))

    def _filled(self, value: object) -> object:
        """A recorded body with real secrets in the place of their placeholders."""
        if isinstance(value, dict):
            return {key: self._filled(item) for key, item in value.items()}
        if isinstance(value, str) and value.startswith(("<secret-", "<password-")):
            default = _CHOSEN_SECRETS.get(value, _STRONG)
            return self.matcher.bindings.setdefault(value, default)
        return self.matcher.localize(value) if isinstance(value, str) else value

    def _learn(self, exchange: Exchange, answer: Answer) -> None:
        """Remembers what later requests need: secrets, tokens, cookies."""
        created = answer.status == 201
        if created and exchange["path"].endswith("/api/v2.0/robots"):
            robot = json.loads(answer.text)
            self.robots[exchange["body"]["name"]] = (robot["name"], robot["secret"])
        if created and exchange["path"].endswith("/users"):
            password = self.matcher.bindings[exchange["body"]["password"]]
            self.passwords[exchange["body"]["username"]] = password
        if exchange["path"].startswith("/service/token") and answer.status == 200:
            scope = exchange["path"].partition("scope=repository:")[2].partition(":")[0]
            token = json.loads(answer.text)["token"]
            self.tokens.append((exchange["auth"].rpartition(":")[2], scope, token))
        for cookie in answer.cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.csrf_token = answer.headers.get("x-harbor-csrf-token", self.csrf_token)

    def _compare(self, exchange: Exchange, answer: Answer) -> None:
        matcher = self.matcher
        matcher.value(exchange["status"], answer.status, "status")
        if "response_headers" in exchange:
            matcher.headers(exchange["response_headers"], answer.headers)
        sent_id = exchange.get("headers", {}).get("X-Request-Id")
        if sent_id is not None:
            matcher.value(sent_id, answer.headers["x-request-id"], "request id")
        if "sets_cookies" in exchange:
            names = sorted(cookie.partition("=")[0] for cookie in answer.cookies)
            matcher.value(exchange["sets_cookies"], names, "cookies")
        for recorded, observed in zip(
            exchange.get("cookie_attributes", []), sorted(answer.cookies), strict=False
        ):
            matcher.value(_attributes(recorded), _attributes(observed), "cookie attributes")
        csrf = "x-harbor-csrf-token"
        if "sends_cookies" in exchange:
            expected = csrf in exchange["response_headers"]
            matcher.value(expected, csrf in answer.headers, "CSRF token handed out")
        if "decoded_token" in exchange:
            _compare_token(matcher, exchange["decoded_token"], json.loads(answer.text)["token"])
        matcher.body(exchange["response"], answer.text)


def _basic(name: str, password: str) -> str:
    return encode_basic_auth(name, password, encoding="utf-8")


def _attributes(cookie: str) -> list[str]:
    """A cookie without its value and the time of its expiry."""
    name, *rest = cookie.split("; ")
    named = (name, *(part for part in rest if part.startswith("Expires=")))
    return [*(part.partition("=")[0] for part in named), *(p for p in rest if p not in named)]


def _compare_token(matcher: Matcher, recorded: dict[str, object], token: str) -> None:
    claims = jwt.decode(token, options={"verify_signature": False})
    compared = {name: claims[name] for name in ("iss", "sub", "aud", "access") if name in claims}
    (compared["aud"],) = claims["aud"]
    matcher.value(recorded, compared, "token")
