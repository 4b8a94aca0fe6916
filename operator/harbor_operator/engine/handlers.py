"""The kopf decorators, one row per kind: they only hand over to `Control`."""

import logging
from typing import Any

import kopf
from typing_extensions import override

from harbor_operator.api.base import FINALIZER, GROUP, VERSION
from harbor_operator.engine.control import AnyKind, Control
from harbor_operator.engine.objects import id_of
from harbor_operator.engine.replicas.division import Division

PROGRESS_FIELD = "status.operator.progress"
TOUCH_FIELD = "status.operator.touch"
"""Where kopf keeps the retries of a deletion; declared in the CRDs."""

_NEVER_HANDLED = -1
"""The generation in a status that the API server has filled in by default."""

DELETION_RETRY_SECONDS = 30.0
"""How soon kopf tries a deletion that waits again. It is a safety net, and each try costs a write:
the queue looks sooner, when something wakes the object or its pause is over."""


ECHO_SECONDS = 2.0
"""How long kopf lets an object's next change wait until its own last write has been seen. Handled
sooner, the object is looked at once more for nothing; longer, an operator that ends is held up."""


class GenerationDiffBase(kopf.DiffBaseStorage):
    """An object is changed when its generation is not the one that its status speaks of.

    kopf's own storages keep a copy of the whole spec in an annotation.
    """

    @override
    def build(self, *, body: kopf.Body, extra_fields: Any = None) -> kopf.BodyEssence:
        """The generation of the spec."""
        del extra_fields
        return _essence(body.get("metadata", {}).get("generation"))

    @override
    def fetch(self, *, body: kopf.Body) -> kopf.BodyEssence | None:
        """The generation that was handled last, None for a new object."""
        generation = (body.get("status") or {}).get("observedGeneration", _NEVER_HANDLED)
        return None if generation == _NEVER_HANDLED else _essence(generation)

    @override
    def store(self, *, body: kopf.Body, patch: kopf.Patch, essence: kopf.BodyEssence) -> None:
        """Note the generation, in the field where users expect it."""
        del body
        patch.setdefault("status", {})["observedGeneration"] = essence["spec"]["generation"]


class LeanProgress(kopf.StatusProgressStorage):
    """kopf's record of retries, without its copy of the essence at every event."""

    def __init__(self) -> None:
        super().__init__(field=PROGRESS_FIELD, touch_field=TOUCH_FIELD)

    @override
    def clear(self, *, essence: kopf.BodyEssence) -> kopf.BodyEssence:
        """Nothing of the record is in the essence."""
        return essence


def configure(settings: kopf.OperatorSettings, *, watches_only: bool = False) -> None:
    """Set kopf up for this operator.

    kopf takes its finalizer off whatever no handler of its holds: where it only watches it is not
    told of ours.

    No listing of CRDs, no peering, bounded retries of its own requests that outlast a restart
    of the API server, and none of its lines about each object. It waits for what it has written to
    come back, also when it is told to end and nothing can come any more.
    """
    if not watches_only:
        settings.persistence.finalizer = FINALIZER
    settings.persistence.diffbase_storage = GenerationDiffBase()
    settings.persistence.progress_storage = LeanProgress()
    settings.scanning.disabled = True
    settings.peering.standalone = True
    settings.persistence.consistency_timeout = ECHO_SECONDS
    settings.posting.enabled = False
    settings.queueing.idle_timeout = 2.0
    settings.queueing.exit_timeout = 20.0
    settings.watching.chunk_size = 500
    settings.networking.request_timeout = 30.0
    settings.networking.error_backoffs = [1, 1, 2, 3, 5, 8, 13, 21, 21, 21]
    logging.getLogger("kopf.objects").setLevel(logging.CRITICAL)


def register(registry: kopf.OperatorRegistry, control: Control) -> None:
    """Put the handlers of every kind into kopf's registry."""
    for kind in control.kinds:
        _register(registry, kind, control)


def register_watching(
    registry: kopf.OperatorRegistry, control: Control, division: Division
) -> None:
    """Have kopf only tell of what it sees: it writes to objects of other replicas otherwise."""
    for kind in control.kinds:
        _register_watching(registry, kind, control, division)


def _register_watching(
    registry: kopf.OperatorRegistry, kind: AnyKind, control: Control, division: Division
) -> None:
    @kopf.on.event(GROUP, VERSION, kind.definition.plural, registry=registry)
    async def seen(type: str | None, body: kopf.Body, **_: Any) -> None:  # noqa: A002 -- kopf's name
        plain = dict(body)
        control.seen(id_of(kind.definition.kind, plain), plain, gone=type == "DELETED")
        if type == "DELETED":
            division.gone(kind, plain)
        else:
            division.noticed(kind, plain, listed=type is None)


def _register(registry: kopf.OperatorRegistry, kind: AnyKind, control: Control) -> None:
    where = (GROUP, VERSION, kind.definition.plural)

    @kopf.on.event(*where, registry=registry)
    async def seen(type: str | None, body: kopf.Body, **_: Any) -> None:  # noqa: A002 -- kopf's name
        control.seen(id_of(kind.definition.kind, body), body, gone=type == "DELETED")

    @kopf.on.resume(*where, registry=registry)
    async def resumed(body: kopf.Body, **_: Any) -> None:
        control.resumed(kind, body)

    @kopf.on.create(*where, registry=registry)
    @kopf.on.update(*where, registry=registry)
    async def changed(body: kopf.Body, patch: kopf.Patch, **_: Any) -> None:
        outcome = await control.changed(kind, dict(body))
        patch.status.update(outcome.status)

    @kopf.on.delete(*where, registry=registry, when=is_held)
    async def deleted(body: kopf.Body, patch: kopf.Patch, **_: Any) -> None:
        outcome = await control.changed(kind, dict(body))
        if outcome.finished:
            return
        patch.status.update(outcome.status)
        raise kopf.TemporaryError(outcome.summary, delay=DELETION_RETRY_SECONDS)


def is_held(body: kopf.Body, **_: Any) -> bool:
    """Whether our finalizer is on an object.

    kopf adds its finalizer to whatever has a deletion handler; asked this way it never does,
    and the plan puts it there when there is something to clean up.
    """
    return FINALIZER in body.get("metadata", {}).get("finalizers", ())


def _essence(generation: int | None) -> kopf.BodyEssence:
    return kopf.BodyEssence(spec={"generation": generation})
