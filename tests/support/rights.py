"""What roles allow, compared with what an account has asked for."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from testbed.control_plane.audit import Request
from tests.support.kubectl import Json


@dataclass(frozen=True, slots=True)
class Right:
    """One verb on one resource, as a role allows it.

    Roles of the same name in several namespaces are one: what is done in one of them needs not be
    done in each.
    """

    role: str
    resource: str
    """As the audit log names it: `leases.coordination.k8s.io`, `pods/status`."""
    verb: str
    names: frozenset[str] = frozenset()
    """The only objects that it is about; all where it is empty."""
    namespaces: frozenset[str] = field(default=frozenset(), compare=False)
    """Where the role is; everywhere where it is empty."""

    def covers(self, request: Request) -> bool:
        """Whether it allows a request."""
        return (
            (self.resource, self.verb) == (request.resource, request.verb)
            and (not self.names or request.name in self.names)
            and (not self.namespaces or request.namespace in self.namespaces)
        )


def rights_of(manifests: Iterable[Json], account: str) -> set[Right]:
    """What bindings among these manifests give to a ServiceAccount."""
    objects = list(manifests)
    bound = {
        (body["roleRef"]["kind"], body["roleRef"]["name"])
        for body in objects
        if any(subject["name"] == account for subject in body.get("subjects", ()))
    }
    return {
        Right(f"{kind} {name}", resource, verb, names, _namespaces(objects, kind, name))
        for kind, name in bound
        for rule in _rules(objects, kind, name)
        for names in (frozenset(rule.get("resourceNames", ())),)
        for group in rule["apiGroups"]
        for resource in (_qualified(plural, group) for plural in rule["resources"])
        for verb in rule["verbs"]
    }


def uses(rights: Iterable[Right], requests: Iterable[Request]) -> Counter[Right]:
    """How often each right was needed: one of the whole cluster only where no other would do."""
    used: Counter[Right] = Counter()
    kept = list(rights)
    for request in requests:
        covering = [right for right in kept if right.covers(request)]
        used.update([r for r in covering if r.namespaces] or covering)
    return used


def table_of(rights: Iterable[Right], used: Counter[Right]) -> Iterator[str]:
    """One line for each role and resource, with how often each verb was used."""
    lines: dict[str, list[str]] = {}
    for right in sorted(rights, key=lambda r: (r.role, r.resource, sorted(r.names), r.verb)):
        only = f" ({', '.join(sorted(right.names))})" if right.names else ""
        verbs = lines.setdefault(f"{right.role}: {right.resource}{only}", [])
        verbs.append(f"{right.verb} {used[right]}")
    yield from (f"{subject}: {', '.join(verbs)}" for subject, verbs in lines.items())


def _rules(objects: Iterable[Json], kind: str, name: str) -> Iterator[Json]:
    for body in objects:
        if (body["kind"], body["metadata"]["name"]) == (kind, name):
            yield from body["rules"]


def _namespaces(objects: Iterable[Json], kind: str, name: str) -> frozenset[str]:
    return frozenset(
        body["metadata"]["namespace"]
        for body in objects
        if (body["kind"], body["metadata"]["name"]) == (kind, name) and kind == "Role"
    )


def _qualified(resource: str, group: str) -> str:
    """The group stands before the subresource."""
    plural, _, subresource = resource.partition("/")
    name = f"{plural}.{group}" if group else plural
    return f"{name}/{subresource}" if subresource else name
