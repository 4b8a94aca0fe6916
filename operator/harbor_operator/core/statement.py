"""What Harbor has, said as a spec: the way back from observed to desired."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Statement:
    """What a spec says so that something in Harbor stays as it is."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    """Values as JSON has them, by their path in the spec, such as ``scanning.onPush``."""
    notes: tuple[str, ...] = ()
    """What of it no spec can say, a sentence each."""
