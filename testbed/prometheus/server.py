"""A Prometheus server on a loopback port that scrapes one program and evaluates rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiohttp
import yaml

from testbed.errors import WorldError
from testbed.tools.build import find_prometheus
from testbed.tools.child import Command
from testbed.tools.housed import Housed
from testbed.tools.ports import LOOPBACK, free_ports

_START_SECONDS = 60.0
_STOP_SECONDS = 5.0

Json = dict[str, Any]


class QueryError(WorldError):
    """Prometheus refuses a query; the message is what it says."""


@dataclass(frozen=True, slots=True)
class Series:
    """One series of an answer: its labels, and its values by Unix seconds."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]

    @property
    def value(self) -> float:
        """The last value."""
        return self.points[-1][1]


class Prometheus:
    """An asynchronous context manager; nothing in it belongs to an event loop."""

    def __init__(
        self, target: str, *, rules: Sequence[Path] = (), interval_seconds: int = 1
    ) -> None:
        """Describe what it watches.

        Args:
            target: Host and port that serve /metrics.
            rules: Rule files.
            interval_seconds: Between two scrapes, and between two evaluations of the rules.
        """
        self._target = target
        self._rules = tuple(rules)
        self._interval = interval_seconds
        self._port = 0
        self._housed = Housed(prefix="prometheus", grace=_STOP_SECONDS)

    async def start(self) -> None:
        """Start it with an empty store, and wait until it has scraped its target once.

        Raises:
            WorldError: it could not be built, died, or did not become ready.
        """
        program = await find_prometheus()
        [self._port] = free_ports(1)

        def command(folder: Path) -> Command:
            configuration = folder / "prometheus.yaml"
            configuration.write_text(self._configuration())
            return Command(
                name="prometheus",
                arguments=[
                    program,
                    f"--config.file={configuration}",
                    f"--storage.tsdb.path={folder / 'data'}",
                    f"--web.listen-address={LOOPBACK}:{self._port}",
                ],
                output=folder / "prometheus.out",
            )

        await self._housed.start(command, self._has_scraped, within=_START_SECONDS)

    async def stop(self) -> None:
        """Stop it and remove its store; does nothing when it does not run."""
        await self._housed.stop()

    async def query(self, expression: str) -> list[Series]:
        """What an expression gives now.

        Raises:
            QueryError: it is not one.
        """
        answer = await self._ask("query", {"query": expression})
        return [Series(one["metric"], (_point(one["value"]),)) for one in answer["result"]]

    async def query_range(
        self, expression: str, start: float, end: float, step: float
    ) -> list[Series]:
        """What an expression gave from one time to another, both in Unix seconds.

        Raises:
            QueryError: it is not one.
        """
        asked = {"query": expression, "start": str(start), "end": str(end), "step": str(step)}
        answer = await self._ask("query_range", asked)
        return [
            Series(one["metric"], tuple(_point(pair) for pair in one["values"]))
            for one in answer["result"]
        ]

    async def now(self) -> float:
        """Its time, in Unix seconds."""
        [clock] = await self.query("vector(time())")
        return clock.value

    async def selectors(self, expression: str) -> list[tuple[str, frozenset[str]]]:
        """The metrics that an expression reads, each with the labels that its matchers name.

        Raises:
            QueryError: it is no expression.
        """
        tree = await self._ask("parse_query", {"query": expression})
        return [
            (node["name"], frozenset(m["name"] for m in node["matchers"]) - {"__name__"})
            for node in _nodes(tree)
            if node.get("type") in {"vectorSelector", "matrixSelector"}
        ]

    async def rules(self) -> list[Json]:
        """Every rule with its health, its last error and, of an alert, its state."""
        answer = await self._ask("rules", {})
        return [rule for group in answer["groups"] for rule in group["rules"]]

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _ask(self, path: str, parameters: Mapping[str, str]) -> Json:
        url = f"http://{LOOPBACK}:{self._port}/api/v1/{path}"
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, params=parameters) as answer,
        ):
            if answer.content_type != "application/json":
                raise QueryError(f"{path}: {await answer.text()}")
            body = await answer.json()
        if body["status"] != "success":
            raise QueryError(f"{parameters.get('query')}: {body['error']}")
        data: Json = body["data"]
        return data

    async def _has_scraped(self) -> bool:
        try:
            return bool(await self.query("up == 1"))
        except (aiohttp.ClientError, QueryError):
            return False

    def _configuration(self) -> str:
        every = f"{self._interval}s"
        return yaml.safe_dump(
            {
                "global": {
                    "scrape_interval": every,
                    "scrape_timeout": every,
                    "evaluation_interval": every,
                },
                "rule_files": [str(path.resolve()) for path in self._rules],
                "scrape_configs": [
                    {
                        "job_name": "harbor-operator",
                        "honor_labels": True,
                        "static_configs": [{"targets": [self._target]}],
                    }
                ],
            }
        )


def _point(pair: Sequence[Any]) -> tuple[float, float]:
    time, value = pair
    return float(time), float(value)


def _nodes(tree: object) -> list[Json]:
    """Every node of a syntax tree."""
    found: list[Json] = []
    rest = [tree]
    while rest:
        match rest.pop():
            case dict() as node:
                found.append(node)
                rest.extend(node.values())
            case list() as nodes:
                rest.extend(nodes)
            case _:
                pass  # a name, a number
    return found
