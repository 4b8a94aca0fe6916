"""What the minors of Kubernetes serve, where that matters to what the project installs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that is not served everywhere."""

    what: str
    """In words for users."""
    used_by: str
    minors: Mapping[str, str]
    """How each minor has it; an empty text where it does not serve it unless told to."""

    def served(self, minor: str) -> bool:
        """Whether a minor, such as `1.36`, serves it as we use it.

        Raises:
            KeyError: nobody has looked at that minor yet: do, and add it.
        """
        return bool(self.minors[minor])


MUTATING_ADMISSION: Final = Feature(
    what="MutatingAdmissionPolicy in `admissionregistration.k8s.io/v1`",
    used_by="`admissionInjection` of pull secrets",
    minors={"1.35": "", "1.36": "served", "1.37": "served"},
)
"""Before 1.36 it is in beta, which servers leave out unless they are told otherwise."""

FEATURES: Final = (MUTATING_ADMISSION,)
