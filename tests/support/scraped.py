"""What Prometheus makes of a scrape."""

from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from harbor_operator.engine.telemetry.gauges import Moment, Process
from harbor_operator.engine.telemetry.meters import Meters
from harbor_operator.engine.telemetry.metrics import Metric

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One sample: its name, its labels in the order of their names, and its value."""

    name: str
    labels: Labels
    value: float

    def has(self, labels: Iterable[tuple[str, str]]) -> bool:
        """Whether all these labels are on it."""
        return set(labels) <= set(self.labels)


@dataclass(frozen=True, slots=True)
class Scrape:
    """All series of one scrape."""

    series: tuple[Series, ...]

    def of(self, metric: Metric, **labels: str) -> list[Series]:
        """The series of a metric with these labels; those of a histogram count its observations."""
        name = f"{metric.name}_count" if metric.buckets else metric.name
        return [s for s in self.series if s.name == name and s.has(labels.items())]

    def value(self, metric: Metric, **labels: str) -> float | None:
        """The sum of those series, None where there is none."""
        found = self.of(metric, **labels)
        return sum(series.value for series in found) if found else None

    def about(self, **labels: str) -> list[Series]:
        """Every series with these labels."""
        return [series for series in self.series if series.has(labels.items())]


def read_scrape(text: str) -> Scrape:
    """Read Prometheus' text format."""
    families = text_string_to_metric_families(text)
    samples = (sample for family in families for sample in family.samples)
    return Scrape(tuple(Series(s.name, tuple(sorted(s.labels.items())), s.value) for s in samples))


def scrape_of(moment: Moment) -> Scrape:
    """What a Prometheus would be told at that moment."""
    return read_scrape(generate_latest(moment).decode())


def counted_by(meters: Meters) -> Scrape:
    """What has been counted."""
    return scrape_of(Moment(meters.registry, Process(leads=True, lag=0.0, silence=0.0)))
