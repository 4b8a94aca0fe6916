"""What `why` can be asked about: a pod, or the pods of a deployment."""

from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.kube.resources import Resource


@dataclass(frozen=True, slots=True)
class Workload:
    """One object that has pods, or is one, as the command line names it."""

    resource: Resource
    name: str

    @override
    def __str__(self) -> str:
        return f"{WORDS[self.resource]}/{self.name}"


PODS: Final = Resource("", "v1", "pods", "Pod")
DEPLOYMENTS: Final = Resource("apps", "v1", "deployments", "Deployment")

WORDS: Final = {PODS: "pod", DEPLOYMENTS: "deploy"}
"""What the command line calls them; kubectl's other names are taken, too."""

_NAMES: Final = {
    PODS: {"pod", "pods", "po"},
    DEPLOYMENTS: {"deploy", "deployment", "deployments", "deployment.apps", "deployments.apps"},
}


def read_workload(text: str) -> Workload:
    """Read KIND/NAME.

    Raises:
        CommandError: It is not of that form, or there is no such kind here.
    """
    spelled, _, name = text.partition("/")
    if not spelled or not name or "/" in name:
        raise CommandError(f"{text!r} is not of the form KIND/NAME", ExitCode.USAGE)
    for resource, names in _NAMES.items():
        if spelled.lower() in names:
            return Workload(resource, name)
    known = ", ".join(WORDS.values())
    raise CommandError(f"why knows no kind {spelled!r}: it is one of {known}", ExitCode.USAGE)
