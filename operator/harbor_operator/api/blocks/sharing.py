"""Sharing: which other namespaces may use a project."""

from typing import Final, Literal

from harbor_operator.api.base import NamespaceSelection
from harbor_operator.api.model import ApiModel
from harbor_operator.api.tenants import Access

MAX_SHARES: Final = 32
"""One entry names many namespaces."""


class Share(ApiModel):
    """Lets other namespaces make robots and pull secrets for the project."""

    namespaces: NamespaceSelection
    """The namespaces that it is shared with. Everything that is given here must match."""

    access: Literal[Access.PULL, Access.PULL_PUSH, Access.PROJECT]
    """How much their robots may do at most: Pull, PullPush or Project; their own tenant rule
    limits it too."""

    distribute: bool = False
    """Whether they may distribute pull secrets for the project to further namespaces, where the
    connection allows it."""
