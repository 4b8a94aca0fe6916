"""What `why` answers, as a function of the evidence, and as text for people."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.printing import Colour, Paper, printable
from harbor_operator.cli.why.causes import Finding, find
from harbor_operator.cli.why.evidence import Evidence
from harbor_operator.cli.why.gathering import Case
from harbor_operator.cli.why.spoken import harmless

_TELLS_NOTHING: Final = re.compile(r'|Back-off pulling image "[^"]*"')
_MOST_PODS: Final = 3
"""Names that fit a line; the other formats give all."""


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull that fails in the same way in one pod or in several.

    Attributes:
        container: The container that waits for it.
        image: As the pods spell it.
        reason: Why the container waits.
        pods: The pods' names.
        message: What the kubelet said last, without addresses.
        causes: What was found, the surest first.
    """

    container: str
    image: str
    reason: str
    pods: tuple[str, ...]
    message: str
    causes: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """All that `why` has to say.

    Attributes:
        target: What was asked about.
        namespace: Where it is.
        pods: How many pods it has.
        failed: The pulls that fail.
        looked_at: What was read.
        notes: What could not be read.
    """

    target: str
    namespace: str
    pods: int
    failed: tuple[Pull, ...]
    looked_at: tuple[str, ...]
    notes: tuple[str, ...]


def explain(case: Case) -> Answer:
    """Find the causes; pods that fail alike are told of once."""
    alike: dict[tuple[str, str, tuple[str, ...]], list[Evidence]] = {}
    for evidence in case.evidence:
        causes = tuple(finding.cause for finding in find(evidence))
        alike.setdefault((evidence.container, evidence.image, causes), []).append(evidence)
    return Answer(
        str(case.workload),
        case.namespace,
        case.pods,
        tuple(_pull(group) for group in alike.values()),
        case.looked_at,
        case.notes,
    )


def tell(answer: Answer, paper: Paper) -> str:
    """The answer as text."""
    blocks = [*(_lines(pull, answer, paper) for pull in answer.failed)]
    notes = [paper.paint(f"note: {printable(note)}", Colour.FAINT) for note in answer.notes]
    if not answer.failed:
        blocks.append([f"{answer.target}: {_pods_in_order(answer.pods)}"])
    return "\n\n".join("\n".join(block) for block in [*blocks, notes] if block) + "\n"


def _pods_in_order(pods: int) -> str:
    return "it has no pods" if pods == 0 else "no container waits for its image"


def _pull(group: list[Evidence]) -> Pull:
    first = group[0]
    told = (message for message in first.messages if not _TELLS_NOTHING.fullmatch(message))
    return Pull(
        first.container,
        first.image,
        first.reason,
        tuple(evidence.pod for evidence in group),
        harmless(next(told, "")),
        find(first),
    )


def _lines(pull: Pull, answer: Answer, paper: Paper) -> list[str]:
    pods = ", ".join(pull.pods[:_MOST_PODS])
    more = f" and {len(pull.pods) - _MOST_PODS} more" if len(pull.pods) > _MOST_PODS else ""
    title = f"{pull.container} of pod {pods}{more} cannot pull {pull.image} ({pull.reason})"
    return [paper.paint(printable(title), Colour.TITLE), *_body(pull, answer, paper)]


def _body(pull: Pull, answer: Answer, paper: Paper) -> Iterator[str]:
    for found in pull.causes:
        yield f"  {paper.paint(found.cause, Colour.BAD)}: {printable(found.sentence)}"
        yield f"    {printable(found.cure)}"
    if not pull.causes:
        yield f"  No cause found in {', '.join(answer.looked_at)}; Harbor itself was not asked."
        yield f"  The kubelet says: {printable(pull.message) or 'nothing'}"
