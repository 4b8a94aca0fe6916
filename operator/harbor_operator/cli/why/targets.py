"""What `why` can be asked about: pods, what has pods, a namespace, or an image."""

from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.images import Image, read_image
from harbor_operator.kube.resources import Resource


@dataclass(frozen=True, slots=True)
class Workload:
    """One object that has pods, or is one or all of them, as the command line names it."""

    resource: Resource
    name: str

    @override
    def __str__(self) -> str:
        return f"{WORDS[self.resource]}/{self.name}"


PODS: Final = Resource("", "v1", "pods", "Pod")
DEPLOYMENTS: Final = Resource("apps", "v1", "deployments", "Deployment")
STATEFUL_SETS: Final = Resource("apps", "v1", "statefulsets", "StatefulSet")
DAEMON_SETS: Final = Resource("apps", "v1", "daemonsets", "DaemonSet")
REPLICA_SETS: Final = Resource("apps", "v1", "replicasets", "ReplicaSet")
JOBS: Final = Resource("batch", "v1", "jobs", "Job")
CRON_JOBS: Final = Resource("batch", "v1", "cronjobs", "CronJob")
NAMESPACES: Final = Resource("", "v1", "namespaces", "Namespace", namespaced=False)

WORDS: Final = {
    PODS: "pod",
    DEPLOYMENTS: "deploy",
    STATEFUL_SETS: "statefulset",
    DAEMON_SETS: "daemonset",
    REPLICA_SETS: "replicaset",
    JOBS: "job",
    CRON_JOBS: "cronjob",
    NAMESPACES: "namespace",
}
"""What the command line calls them; kubectl's other names are taken, too."""

_SHORT: Final = {
    PODS: "po",
    DEPLOYMENTS: "deploy",
    STATEFUL_SETS: "sts",
    DAEMON_SETS: "ds",
    REPLICA_SETS: "rs",
    JOBS: "job",
    CRON_JOBS: "cj",
    NAMESPACES: "ns",
}


def read_target(text: str) -> Workload | Image:
    """Read KIND/NAME, or an image, whose host has a dot or a port.

    Raises:
        CommandError: It is of neither form, or there is no such kind here.
    """
    spelled, _, name = text.partition("/")
    if not spelled or not name:
        raise CommandError(f"{text!r} is neither KIND/NAME nor an image", ExitCode.USAGE)
    if "/" in name:
        return read_image(text)
    for resource in WORDS:
        if spelled.lower() in _names(resource):
            return Workload(resource, name)
    known = ", ".join(WORDS.values())
    raise CommandError(f"why knows no kind {spelled!r}: it is one of {known}", ExitCode.USAGE)


def _names(resource: Resource) -> set[str]:
    plain = {_SHORT[resource], resource.kind.lower(), resource.plural}
    if not resource.group:
        return plain
    return plain | {f"{name}.{resource.group}" for name in plain - {_SHORT[resource]}}
