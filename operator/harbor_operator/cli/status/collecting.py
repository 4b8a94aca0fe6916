"""Reads the objects of all kinds for a report, as far as the user may."""

import asyncio
from datetime import datetime
from functools import partial

from harbor_operator.cli.failures import not_installed
from harbor_operator.cli.kinds import KINDS, Kind
from harbor_operator.cli.status.report import Look, Report, look_at, report_on
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import Forbidden, NotFound
from harbor_operator.kube.selection import Selection


async def collect(client: KubeClient, namespace: str | None, now: datetime) -> Report:
    """Report on one namespace, or on all, and on the connections.

    Each kind is one list, page by page. A list that the user may not make becomes a note.

    Raises:
        CommandError: The cluster does not know the kinds.
        Forbidden: The user may make none of the lists.
        KubeError: A call failed for another reason.
    """
    answers = await asyncio.gather(*(_looks(client, kind, namespace) for kind in KINDS))
    refusals = [answer for answer in answers if isinstance(answer, Forbidden)]
    if len(refusals) == len(KINDS):
        raise refusals[0]
    looks = {
        kind: answer
        for kind, answer in zip(KINDS, answers, strict=True)
        if not isinstance(answer, Forbidden)
    }
    notes = [_note(kind, namespace) for kind in KINDS if kind not in looks]
    return report_on(looks, notes, now)


async def _looks(client: KubeClient, kind: Kind, namespace: str | None) -> list[Look] | Forbidden:
    within = namespace if kind.resource.namespaced else None
    try:
        listed = await client.collect(Selection(kind.resource, within), partial(look_at, kind))
    except Forbidden as error:
        return error
    except NotFound:
        raise not_installed(kind.resource.plural) from None
    return [*listed.items]


def _note(kind: Kind, namespace: str | None) -> str:
    plural = kind.resource.plural
    if not kind.resource.namespaced:
        return f"{plural} are left out: you may not list them"
    if namespace is None:
        return f"{plural} are left out: you may not list them in all namespaces; try -n NAMESPACE"
    return f"{plural} are left out: you may not list them in namespace {namespace}"
