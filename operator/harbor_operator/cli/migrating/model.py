"""What `migrate` tells."""

from dataclasses import dataclass

from harbor_operator.cli.exporting.composing import Exported
from harbor_operator.cli.migrating.planning import Migration


@dataclass(frozen=True, slots=True)
class Report:
    """All of it.

    Attributes:
        migrations: The way of each pull secret.
        translations: Manifests for objects of another operator, with what they do not say.
        created: The objects that were created now.
        notes: What could not be read, and what has no counterpart.
    """

    migrations: tuple[Migration, ...]
    translations: tuple[Exported, ...] = ()
    created: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def manifests(self) -> tuple[Exported, ...]:
        """All manifests, in the order in which they need each other."""
        made = tuple(
            Exported(f"Secret {one.namespace}/{one.name}", one.manifest, origin="In place of")
            for one in self.migrations
            if one.manifest is not None
        )
        return (*self.translations, *made)
