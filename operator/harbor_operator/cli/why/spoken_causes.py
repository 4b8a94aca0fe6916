"""Causes that the kubelet's message tells, with what the image's host and Harbor add to it."""

from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Final

from harbor_operator.cli.printing import span
from harbor_operator.cli.why.evidence import Evidence, host_of
from harbor_operator.cli.why.sayings import SAYINGS
from harbor_operator.cli.why.spoken import Symptom
from harbor_operator.cli.why.told import Cause, Told
from harbor_operator.cli.why.trials import Certificate, HarborView, Probe
from harbor_operator.cli.why.weighing import SERVED, pulls, spoken_of

_MOST: Final = 5
_BY_CERTIFICATE: Final = frozenset(
    {Symptom.UNKNOWN_AUTHORITY, Symptom.CERTIFICATE_TIME, Symptom.CERTIFICATE_NAME}
)
_STATUS: Final = {
    Symptom.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Symptom.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
    Symptom.FORBIDDEN: HTTPStatus.FORBIDDEN,
}
"""Answers that Harbor need not have given."""
_SAME_CLOCK: Final = timedelta(seconds=30)
"""Clocks that differ by less are as good as one: answers take their time, too."""


def _said(symptom: Symptom, sentence: str, cure: str, evidence: Evidence) -> Told | None:
    spoken = spoken_of(evidence)
    if spoken is None or spoken.symptom is not symptom:
        return None
    facts = {"host": host_of(evidence.image), "words": spoken.words}
    told = " ".join([sentence.format(**facts), *_more(symptom, evidence)])
    return Told(told, cure.format(**facts))


def _more(symptom: Symptom, evidence: Evidence) -> list[str]:
    """Sentences that say more than the message did."""
    probe, view = evidence.probe, evidence.view
    more = []
    if symptom in _BY_CERTIFICATE and probe is not None and probe.certificate is not None:
        more.append(_described(probe.certificate))
        if symptom is Symptom.CERTIFICATE_TIME:
            more.append(_whose_clock(probe.certificate, evidence))
    if symptom in _STATUS and probe is not None:
        more.append(_which_hop(probe, _STATUS[symptom]))
    if symptom in {Symptom.SEVERITY, Symptom.POLICY} and view is not None:
        more += _flaws(view)
    if symptom in {Symptom.SIGNATURE, Symptom.POLICY} and view is not None:
        more += _attached(view)
    if symptom not in SERVED and evidence.pod and pulls(evidence):
        more.append("From here the same pull works, so look between the node and the host.")
    return more


def _described(certificate: Certificate) -> str:
    return (
        f"It is {certificate.subject}, signed by {certificate.issuer}, valid from "
        f"{certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%dT%H:%M:%SZ}, for "
        f"{_some(certificate.names) or 'no name'}."
    )


def _whose_clock(certificate: Certificate, evidence: Evidence) -> str:
    now = evidence.now
    clocks = "the clock here"
    if evidence.view is not None:
        ahead = evidence.view.now - now
        if abs(ahead) < _SAME_CLOCK:
            clocks = "the clocks here and of Harbor"
        else:
            late = "ahead of" if ahead > timedelta() else "behind"
            clocks = f"the clock here (Harbor's is {span(ahead)} {late} it)"
    if now > certificate.not_after:
        return f"By {clocks} it has expired, too: {span(now - certificate.not_after)} ago."
    if now < certificate.not_before:
        return f"By {clocks} it is not valid yet."
    return (
        f"By {clocks} it is valid, so that the node's clock is wrong, which nobody here can read."
    )


def _which_hop(probe: Probe, status: HTTPStatus) -> str:
    hops = f" It names itself {', '.join(probe.hops)}." if probe.hops else ""
    if probe.status != status:
        told = "nothing" if probe.status is None else str(probe.status)
        return f"Asked from here the host answers {told}, so that it stays unknown which hop.{hops}"
    match probe.by_proxy:
        case True:
            return f"The page is a proxy's, not Harbor's.{hops}"
        case False:
            return f"The answer has the form of Harbor's own, so no hop before it.{hops}"
        case _:
            return f"The answer does not tell which hop it is from.{hops}"


def _flaws(view: HarborView) -> list[str]:
    if view.scanned is False:
        return ["The image was never scanned."]
    if not view.flaws:
        return []
    listed = [
        f"{flaw.id} ({flaw.severity}, "
        + (f"fixed in {flaw.fixed_in})" if flaw.fixed_in else "no fix)")
        for flaw in view.flaws[:_MOST]
    ]
    more = f" and {len(view.flaws) - _MOST} more" if len(view.flaws) > _MOST else ""
    return [f"From {view.threshold} on it has {', '.join(listed)}{more}."]


def _attached(view: HarborView) -> list[str]:
    if not view.signed_only or view.accessories is None:
        return []
    wanted = " and ".join(view.signed_only)
    found = ", ".join(view.accessories) or "nothing"
    return [f"The project wants a signature of {wanted}; attached to the image: {found}."]


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


SPOKEN_CAUSES: Final = tuple(
    Cause(symptom.value, partial(_said, symptom, *words)) for symptom, words in SAYINGS.items()
)
