"""What `why` answers, as a function of the evidence, and as text for people."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.printing import Colour, Paper, printable
from harbor_operator.cli.why.causes import find
from harbor_operator.cli.why.evidence import Evidence
from harbor_operator.cli.why.gathering import Case
from harbor_operator.cli.why.spoken import harmless
from harbor_operator.cli.why.told import Finding
from harbor_operator.cli.why.trials import Trial
from harbor_operator.cli.why.weighing import pulls

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
        trials: What came of trying the logins from here.
    """

    container: str
    image: str
    reason: str
    pods: tuple[str, ...]
    message: str
    causes: tuple[Finding, ...]
    trials: tuple[Trial, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """All that `why` has to say.

    Attributes:
        target: What was asked about.
        namespace: Where it is.
        pods: How many pods it has, None for an image.
        failed: The pulls that fail.
        pulled_with: Where an image can be pulled: the trial that did.
        looked_at: What was read.
        notes: What could not be read.
    """

    target: str
    namespace: str
    pods: int | None
    failed: tuple[Pull, ...]
    pulled_with: Trial | None
    looked_at: tuple[str, ...]
    notes: tuple[str, ...]


def explain(case: Case) -> Answer:
    """Find the causes; pods that fail alike are told of once.

    A pod that waits has failed, whether or not a cause is found; an image only if one is.
    """
    alike: dict[tuple[str, str, tuple[str, ...]], list[Evidence]] = {}
    for evidence in case.evidence:
        causes = tuple(finding.cause for finding in find(evidence))
        if causes or evidence.pod:
            alike.setdefault((evidence.container, evidence.image, causes), []).append(evidence)
    alone = next((evidence for evidence in case.evidence if not evidence.pod), None)
    return Answer(
        case.target,
        case.namespace,
        case.pods,
        tuple(_pull(group) for group in alike.values()),
        pulls(alone) if alone else None,
        case.looked_at,
        case.notes,
    )


def tell(answer: Answer, paper: Paper) -> str:
    """The answer as text."""
    blocks = [*(_lines(pull, answer, paper) for pull in answer.failed)]
    notes = [paper.paint(f"note: {printable(note)}", Colour.FAINT) for note in answer.notes]
    if not answer.failed:
        blocks.append([printable(f"{answer.target}: {_in_order(answer)}")])
    return "\n\n".join("\n".join(block) for block in [*blocks, notes] if block) + "\n"


def _in_order(answer: Answer) -> str:
    if answer.pods == 0:
        return "it has no pods"
    if answer.pods is not None:
        return "no container waits for its image"
    trial = answer.pulled_with
    if trial is None:
        return f"nothing in {', '.join(answer.looked_at)} speaks against a pull; it was not tried"
    login = f"pull secret {trial.secret}, as {trial.username}" if trial.secret else "no login"
    return f"namespace {answer.namespace} can pull it with {login}"


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
        first.trials,
    )


def _lines(pull: Pull, answer: Answer, paper: Paper) -> list[str]:
    return [paper.paint(printable(_title(pull, answer)), Colour.TITLE), *_body(pull, answer, paper)]


def _title(pull: Pull, answer: Answer) -> str:
    if not pull.container:
        return f"namespace {answer.namespace} cannot pull {pull.image}"
    pods = ", ".join(pull.pods[:_MOST_PODS])
    more = f" and {len(pull.pods) - _MOST_PODS} more" if len(pull.pods) > _MOST_PODS else ""
    return f"{pull.container} of pod {pods}{more} cannot pull {pull.image} ({pull.reason})"


def _body(pull: Pull, answer: Answer, paper: Paper) -> Iterator[str]:
    for found in pull.causes:
        yield f"  {paper.paint(found.cause, Colour.BAD)}: {printable(found.sentence)}"
        yield f"    {printable(found.cure)}"
    if not pull.causes:
        yield f"  No cause found in {', '.join(answer.looked_at)}."
        yield f"  The kubelet says: {printable(pull.message) or 'nothing'}"
