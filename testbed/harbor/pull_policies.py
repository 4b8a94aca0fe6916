"""The policies of a project that are asked before a manifest is given out.

Each policy is one row of `POLICIES`: a function of the pull that answers why it is refused, or
None. What every policy lets pass is decided before, in one place.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from testbed.harbor.allowlists import allowlist_in_force
from testbed.harbor.artifact_state import AccessoryType, Artifact, Repository
from testbed.harbor.call import Call
from testbed.harbor.callers import TokenCaller
from testbed.harbor.errors import policy_violation
from testbed.harbor.scan_jobs import ScannerInUse, scans_of
from testbed.harbor.scan_state import ScanKind, Severity
from testbed.harbor.state import Project
from testbed.harbor.vulnerability_policy import PREVENT, objection

_SIGNATURES: Final = frozenset({AccessoryType.COSIGN, AccessoryType.NOTATION})
_SIGNING_AGENTS: Final = ("cosign", "notation")
SCANNER_PULL: Final = "scanner-pull"
"""The action that a scanner's robot is granted, so that it may look at what nobody may pull."""


@dataclass(frozen=True, slots=True)
class Pull:
    """A manifest that somebody, who has the right to pull, asks for by GET or HEAD."""

    call: Call
    project: Project
    repository: Repository
    artifact: Artifact
    scanner: ScannerInUse | None = None
    """The project's, where the pull depends on vulnerabilities."""

    def has(self, signature: AccessoryType) -> bool:
        """Whether the artifact itself is signed so; a signature of its index does not count."""
        rows = self.call.state.accessories_of(self.artifact)
        return any(row.type is signature for row in rows)


Policy = Callable[[Pull], str | None]


def _signed_by_cosign(pull: Pull) -> str | None:
    if not pull.project.is_on("enable_content_trust_cosign") or pull.has(AccessoryType.COSIGN):
        return None
    return "The image is not signed by cosign."


def _signed_by_notation(pull: Pull) -> str | None:
    if not pull.project.is_on("enable_content_trust") or pull.has(AccessoryType.NOTATION):
        return None
    return "The image is not signed by notation."


def _harmless(pull: Pull) -> str | None:
    if not pull.project.is_on(PREVENT) or pull.scanner is None:
        return None
    call = pull.call
    target = pull.scanner.target(call.state, pull.repository, pull.artifact)
    scans = scans_of(call.state, target, ScanKind.VULNERABILITY)
    allowlist = allowlist_in_force(call.state, pull.project)
    limit = Severity.parse(pull.project.metadata.get("severity", ""))
    return objection(target, scans, allowlist.tolerated(call.now), limit, call.now)


POLICIES: Final[tuple[Policy, ...]] = (_signed_by_cosign, _signed_by_notation, _harmless)
"""In the order in which Harbor asks them."""


def require_servable(pull: Pull) -> None:
    """Lets pass a pull that no policy of its project forbids.

    Raises:
        HarborError: 412 with the words of the first policy that does.
    """
    if _is_exempt(pull):
        return
    for policy in POLICIES:
        refusal = policy(pull)
        if refusal is not None:
            raise policy_violation(refusal)


def _is_exempt(pull: Pull) -> bool:
    """Whether no policy is asked: for scanners, for who signs, and for signatures themselves.

    The first two are known by a registry token only, not by a password.
    """
    call = pull.call
    if isinstance(call.caller, TokenCaller):
        agent = call.request.headers.get("User-Agent", "")
        signs = any(name in agent for name in _SIGNING_AGENTS)
        if call.may_in_project(pull.project, SCANNER_PULL, "repository"):
            return True
        if signs and call.may_in_project(pull.project, "push", "repository"):
            return True
    bonds = call.state.accessory_bonds(pull.artifact)
    return bool(bonds) and bonds[0].type in _SIGNATURES
