"""Plans the way from a pull secret of others to one of the operator's. Pure.

The operator takes over no Secret that is not its own. So the new one has another name, and the
old one stays until nothing needs it. Each step can be the last for a while.
"""

import json
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from harbor_operator.api.base import API_VERSION
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.cli.exporting.naming import object_name
from harbor_operator.cli.migrating.facts import (
    EXTERNAL_SECRET,
    SECRET,
    Account,
    Cluster,
    Home,
    OldSecret,
    Workload,
)

SUFFIX: Final = "-harbor"
_TEMPLATES: Final = {
    "deployment": ("spec", "template", "spec"),
    "statefulset": ("spec", "template", "spec"),
    "daemonset": ("spec", "template", "spec"),
    "cronjob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
"""Where those that can be changed have the pods' spec."""
_RESTARTED: Final = frozenset({"deployment", "statefulset", "daemonset"})


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do.

    Attributes:
        sentence: What, in words.
        commands: How, where a command can do it.
        additive: Whether it takes nothing away.
    """

    sentence: str
    commands: tuple[str, ...] = ()
    additive: bool = True


@dataclass(frozen=True, slots=True)
class Migration:
    """The way of one pull secret.

    Attributes:
        namespace: The old Secret's namespace.
        name: Its name.
        source: Who writes it.
        usernames: The accounts by which it logs in.
        manifest: The HarborPullSecret in its place, None where none can be made up.
        steps: What to do, in this order.
        notes: What else is to be known.
    """

    namespace: str
    name: str
    source: str
    usernames: tuple[str, ...]
    manifest: dict[str, Any] | None = None
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = field(default=())


def migrations_of(cluster: Cluster) -> tuple[Migration, ...]:
    """The way of each pull secret that logs in to Harbor."""
    return tuple(
        _migration(secret, cluster)
        for secret in sorted(cluster.secrets, key=lambda secret: (secret.namespace, secret.name))
        if secret.usernames(cluster.hosts)
    )


def new_name(secret: OldSecret) -> str:
    """What the operator's Secret is called: the other name is taken, and stays so."""
    return f"{secret.name}{SUFFIX}"


def _migration(secret: OldSecret, cluster: Cluster) -> Migration:
    projects = _projects(secret, cluster)
    homes = [_home(project, secret, cluster) for project in projects]
    places = {home.namespace for home, _ in homes}
    plain = Migration(
        secret.namespace,
        secret.name,
        str(secret.source),
        secret.usernames(cluster.hosts),
        notes=tuple(_notes(secret, cluster, projects, places)),
    )
    if len(places) != 1:
        return plain
    [place] = places
    manifest = _manifest(secret, cluster, place, [home.name for home, _ in homes])
    steps = tuple(_steps(secret, cluster, place, homes))
    return Migration(
        plain.namespace, plain.name, plain.source, plain.usernames, manifest, steps, plain.notes
    )


def _projects(secret: OldSecret, cluster: Cluster) -> list[str]:
    """The projects that it pulls from: of a project's robot its own, else those of the images."""
    logins = [login for login in secret.logins if login.host in cluster.hosts]
    if all(login.project for login in logins):
        return sorted({login.project for login in logins})
    users = (*cluster.naming(secret), *cluster.receiving(secret))
    images = (image.split("/", 2) for workload in users for image in workload.images)
    return sorted({project for host, project, _ in _long(images) if host in cluster.hosts})


def _long(images: Iterable[list[str]]) -> Iterator[list[str]]:
    """Those that name host, project and repository."""
    yield from (parts for parts in images if len(parts) == len(("host", "project", "rest")))


def _home(project: str, secret: OldSecret, cluster: Cluster) -> tuple[Home, bool]:
    """The HarborProject of a project, and whether it is there."""
    found = [home for home in cluster.homes if home.project == project]
    nearest = sorted(found, key=lambda home: home.namespace != secret.namespace)
    if nearest:
        return nearest[0], True
    return Home(project, secret.namespace, object_name(project)), False


def _manifest(
    secret: OldSecret, cluster: Cluster, place: str, names: Iterable[str]
) -> dict[str, Any]:
    accounts = sorted(account.name for account in cluster.giving(secret))
    elsewhere = {"targets": {"namespaces": {"names": [secret.namespace]}}}
    return {
        "apiVersion": API_VERSION,
        "kind": PULL_SECRETS.kind,
        "metadata": {"name": new_name(secret), "namespace": place},
        "spec": {
            "projectRefs": [{"name": name} for name in names],
            **(elsewhere if place != secret.namespace else {}),
            **({"serviceAccounts": {"names": accounts}} if accounts else {}),
        },
    }


def _steps(
    secret: OldSecret, cluster: Cluster, place: str, homes: list[tuple[Home, bool]]
) -> Iterator[Step]:
    within, new = f"kubectl -n {secret.namespace}", new_name(secret)
    unmanaged = [home.project for home, there in homes if not there]
    if unmanaged:
        words = [word for project in unmanaged for word in ("--project", project)]
        # What a Secret calls a user may be anything, so it is quoted.
        command = shlex.join(["kubectl", "harbor", "adopt", *words, "-n", place])
        yield Step("have the projects observed, which is enough for pulling", (command,))
    if (place, new) not in cluster.pull_secrets:
        told = shlex.join(["kubectl", "harbor", "migrate", "-n", secret.namespace, *cluster.words])
        yield Step("deliver a login of the operator's beside the old one", (f"{told} --apply",))
    wait = f"kubectl -n {place} wait --for=condition=Ready hpull/{new} --timeout=2m"
    yield Step("wait until it is there and works", (wait,))
    yield from _templates(secret, cluster, within)
    restarted = [w for w in cluster.receiving(secret) if w.kind in _RESTARTED]
    if restarted:
        commands = tuple(f"{within} rollout restart {workload}" for workload in restarted)
        yield Step("have pods made anew, which get it from their ServiceAccount", commands)
    bare = [str(w) for w in cluster.receiving(secret) if w.kind == "pod"]
    if bare:
        yield Step(f"delete and make anew, as nothing else does: {', '.join(bare)}")
    yield from _removal(secret, cluster, within)


def _templates(secret: OldSecret, cluster: Cluster, within: str) -> Iterator[Step]:
    new = new_name(secret)
    naming = [workload for workload in cluster.naming(secret) if new not in workload.secrets]
    changed = [workload for workload in naming if workload.kind in _TEMPLATES]
    if changed:
        commands = tuple(_patched(within, workload, {"name": new}) for workload in changed)
        yield Step("add it to what names the old one; in Git where that states it", commands)
    fixed = [str(workload) for workload in naming if workload.kind not in _TEMPLATES]
    if fixed:
        yield Step(f"make anew with {new} among their imagePullSecrets: {', '.join(fixed)}")


def _removal(secret: OldSecret, cluster: Cluster, within: str) -> Iterator[Step]:
    """What takes something away; each command is of no effect where things have changed since."""
    others = sorted({login.host for login in secret.logins} - cluster.hosts)
    if others:
        yield Step(f"keep the old one, which is for {', '.join(others)} as well", additive=False)
        return
    accounts = cluster.giving(secret)
    if accounts:
        commands = tuple(_taken_off(within, account, secret.name) for account in accounts)
        yield Step("take the old one off the ServiceAccounts", commands, additive=False)
    templates = [w for w in cluster.naming(secret) if w.kind in _TEMPLATES]
    if templates:
        gone = {"$patch": "delete", "name": secret.name}
        commands = tuple(_patched(within, workload, gone) for workload in templates)
        yield Step("take the old one out of the templates", commands, additive=False)
    yield _end(secret, within)
    told = ", ".join(secret.usernames(cluster.hosts))
    yield Step(f"delete the account in Harbor once nothing else logs in as {told}", additive=False)


def _end(secret: OldSecret, within: str) -> Step:
    name = secret.source.name
    if secret.source.kind == EXTERNAL_SECRET:
        command = f"{within} delete externalsecret {name}"
        return Step("delete the ExternalSecret, and the Secret with it", (command,), additive=False)
    if secret.source.kind == SECRET:
        command = f"{within} delete secret {secret.name}"
        return Step("delete the old Secret", (command,), additive=False)
    return Step(f"have it copied no more, and delete it: it is a {secret.source}", additive=False)


def _patched(within: str, workload: Workload, entry: dict[str, str]) -> str:
    """A strategic merge, which knows the entries of this list by their names."""
    patch: dict[str, Any] = {"imagePullSecrets": [entry]}
    for part in reversed(_TEMPLATES[workload.kind]):
        patch = {part: patch}
    return f"{within} patch {workload} -p {shlex.quote(json.dumps(patch))}"


def _taken_off(within: str, account: Account, name: str) -> str:
    """A patch by place, as that list knows no names; it fails where another entry is there."""
    path = f"/imagePullSecrets/{account.secrets.index(name)}"
    patch = [
        {"op": "test", "path": f"{path}/name", "value": name},
        {"op": "remove", "path": path},
    ]
    said = shlex.quote(json.dumps(patch))
    return f"{within} patch serviceaccount/{account.name} --type=json -p {said}"


def _notes(
    secret: OldSecret, cluster: Cluster, projects: list[str], places: set[str]
) -> Iterator[str]:
    if not projects:
        yield "it is not known which projects it pulls from: write a HarborPullSecret by hand"
    if len(places) > 1:
        yield (
            f"the HarborProjects of {', '.join(projects)} are in several namespaces: write a"
            " HarborPullSecret in each"
        )
    if len(places) == 1 and secret.namespace not in places:
        [place] = places
        yield (
            f"it is delivered from namespace {place}: namespace {secret.namespace} needs the"
            f" annotation harbor-operator.dev/accept-pull-secrets-from: {place}, or the connection"
            " a rule"
        )
    mounting = ", ".join(map(str, cluster.mounting(secret)))
    if mounting:
        yield (
            f"{mounting} mounts it, perhaps to push: that needs a HarborRobot with preset PullPush,"
            " whose Secret has another form"
        )
    if not cluster.giving(secret) and not cluster.naming(secret) and not mounting:
        yield "nothing in the namespace uses it"
