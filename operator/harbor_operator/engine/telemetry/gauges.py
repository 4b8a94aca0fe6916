"""What is true at the moment of a scrape, read from where it is kept anyway."""

import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version

from prometheus_client import CollectorRegistry
from prometheus_client import Metric as Family
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.telemetry import metrics
from harbor_operator.engine.telemetry.controller_runtime import translated
from harbor_operator.engine.telemetry.facts import Facts
from harbor_operator.engine.telemetry.metrics import Metric

_KINDS = tuple(kind.kind for kind in (CONNECTIONS, PROJECTS, ROBOTS, PULL_SECRETS))


@dataclass(frozen=True, slots=True)
class Harbor:
    """One connection's Harbor."""

    up: bool
    skew: float | None = None
    """Seconds that the own clock is ahead of its; None while that is not known."""
    orphans: int = 0


@dataclass(frozen=True, slots=True)
class Process:
    """The operator itself."""

    leads: bool
    lag: float
    silence: float
    shards: Mapping[int, bool] = field(default_factory=dict)
    """Whether it serves each shard; empty where there are none."""


@dataclass(frozen=True, slots=True)
class Moment(Collector):
    """Everything that is told of one moment; it changes no more, so that any thread may read it."""

    registry: CollectorRegistry
    """What is counted all the time."""
    process: Process
    objects: tuple[tuple[ObjectId, Facts], ...] = ()
    in_doubt: tuple[ObjectId, ...] = ()
    harbors: Mapping[str, Harbor] = field(default_factory=dict)
    """By connection."""
    waits: Mapping[ObjectId, float] = field(default_factory=dict)
    """Seconds that each object has been due; negative for later ones."""

    @override
    def collect(self) -> Iterator[Family]:
        """Every series."""
        counted = tuple(self._counted())
        yield from counted
        yield from translated(counted, self._due())
        yield from self._of_process()
        yield from self._of_queue()
        yield from self._of_harbors()
        yield from self._of_robots()
        yield from self._of_objects()

    def _counted(self) -> Iterator[Family]:
        """Counters and histograms, without their times of creation, which double the series."""
        for family in self.registry.collect():
            family.samples = [s for s in family.samples if not s.name.endswith("_created")]
            yield family

    def _of_process(self) -> Iterator[Family]:
        process = self.process
        build = (version("harbor-operator"), platform.python_version())
        yield _family(metrics.BUILD_INFO, [(build, 1)])
        yield self._of_leases()
        yield _family(metrics.LOOP_LAG, [((), process.lag)])
        yield _family(metrics.WATCH_SILENCE, [((), process.silence)])

    def _of_leases(self) -> Family:
        """One series, or one for each shard."""
        if not self.process.shards:
            return _family(metrics.LEASE_HELD, [((), self.process.leads)])
        held = (((str(shard),), held) for shard, held in self.process.shards.items())
        return _family(replace(metrics.LEASE_HELD, labels=("shard",)), held)

    def _due(self) -> Mapping[str, int]:
        """How many objects of each kind are due."""
        due = Counter(id_.kind for id_, seconds in self.waits.items() if seconds >= 0)
        return {kind: due[kind] for kind in _KINDS}

    def _of_queue(self) -> Iterator[Family]:
        due, all_of = self._due(), Counter(id_.kind for id_ in self.waits)
        age = dict.fromkeys(_KINDS, 0.0)
        for object_id, seconds in self.waits.items():
            age[object_id.kind] = max(age[object_id.kind], seconds)
        later = (((kind,), all_of[kind] - due[kind]) for kind in _KINDS)
        yield _family(metrics.QUEUE_DEPTH, (((kind,), due[kind]) for kind in _KINDS))
        yield _family(metrics.QUEUE_AGE, (((kind,), age[kind]) for kind in _KINDS))
        yield _family(metrics.QUEUE_SCHEDULED, later)

    def _of_harbors(self) -> Iterator[Family]:
        harbors = self.harbors.items()
        versions = (
            ((id_.name, facts.version), 1)
            for id_, facts in self.objects
            if id_.kind == CONNECTIONS.kind and facts.version
        )
        yield _family(metrics.HARBOR_UP, (((name,), harbor.up) for name, harbor in harbors))
        yield _family(metrics.HARBOR_INFO, versions)
        yield _family(metrics.CLOCK_SKEW, (((name,), harbor.skew) for name, harbor in harbors))
        yield _family(
            metrics.ORPHANED_ROBOTS, (((name,), harbor.orphans) for name, harbor in harbors)
        )

    def _of_robots(self) -> Iterator[Family]:
        robots = [(id_[1:], facts) for id_, facts in self.objects if id_.kind == ROBOTS.kind]
        yield _family(metrics.CREDENTIAL_CREATED, ((key, f.created) for key, f in robots))
        yield _family(metrics.CREDENTIAL_EXPIRATION, ((key, f.expires) for key, f in robots))
        yield _family(metrics.CREDENTIAL_RENEWAL, ((key, f.renews) for key, f in robots))
        yield _family(metrics.ROTATION_IN_DOUBT, ((id_[1:], 1) for id_ in self.in_doubt))

    def _of_objects(self) -> Iterator[Family]:
        conditions = (
            ((*id_, *condition), 1) for id_, facts in self.objects for condition in facts.conditions
        )
        targets = (
            ((*id_[1:], state), count)
            for id_, facts in self.objects
            for state, count in facts.targets
        )
        yield _family(metrics.RESOURCE_CONDITION, conditions)
        yield _family(
            metrics.SUSPENDED, ((id_, 1) for id_, facts in self.objects if facts.suspended)
        )
        yield _family(metrics.DELETION, ((id_, facts.deleting) for id_, facts in self.objects))
        yield _family(metrics.SECRET_TARGETS, targets)


def _family(
    metric: Metric, series: Iterable[tuple[Sequence[str], float | None]]
) -> GaugeMetricFamily:
    """A gauge, with a series for each value that is known."""
    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, value in series:
        if value is not None:
            family.add_metric(labels, value)
    return family
