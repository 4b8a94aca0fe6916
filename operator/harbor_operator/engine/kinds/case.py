"""What the one reconcile needs of a kind."""

from collections.abc import Mapping
from typing import Any, Generic, Protocol, TypeVar

from harbor_operator.api.base import Status
from harbor_operator.api.model import ApiModel
from harbor_operator.api.resources import CustomResource
from harbor_operator.core.plan import Plan
from harbor_operator.engine.context import Ports
from harbor_operator.engine.objects import LiveObject

O = TypeVar("O")  # noqa: E741 -- the design's letter for what was observed
A = TypeVar("A")
SpecT = TypeVar("SpecT", bound=ApiModel)
StatusT = TypeVar("StatusT", bound=Status)


class Case(Protocol[O, A]):
    """One object during one reconcile: observe only reads, decide is pure, act only writes."""

    async def observe(self) -> O:
        """Read everything that the decision needs.

        Raises:
            Waiting, Blocked: There is no way on for now.
            Outdated: The object itself has changed.
        """

    def decide(self, observed: O) -> Plan[A]:
        """Call the kind's plan with what is desired and what was observed."""

    async def act(self, action: A) -> None:
        """Carry out one action.

        Raises:
            Outdated: What the plan was made from is no longer so.
        """

    def seconds_until(self, plan: Plan[A]) -> float | None:
        """How long until the plan's recheck, by the clock that it was made with."""


class Opener(Protocol[SpecT, StatusT]):
    """A kind's case class."""

    def __call__(self, live: LiveObject[SpecT, StatusT], ports: Ports) -> Case[Any, Any]:
        """Begin a reconcile."""


class ManagedKind(Generic[SpecT, StatusT]):
    """A kind: its definition, and what reconciles its objects."""

    def __init__(
        self, definition: CustomResource[SpecT, StatusT], case: Opener[SpecT, StatusT]
    ) -> None:
        self.definition = definition
        self._case = case

    def load(self, ports: Ports, body: Mapping[str, Any]) -> LiveObject[SpecT, StatusT]:
        """Read an object as the API server sent it.

        Raises:
            pydantic.ValidationError: The spec does not fit this operator's models.
        """
        return LiveObject(ports.kube, self.definition, body)

    def open(self, live: LiveObject[SpecT, StatusT], ports: Ports) -> Case[Any, Any]:
        """Begin a reconcile of it."""
        return self._case(live, ports)
