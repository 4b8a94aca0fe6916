"""What robots can be granted in a Harbor."""

from collections.abc import Iterable

from harbor_operator.core.connection.facts import Identity
from harbor_operator.core.robot.catalogue import HARBOR_2_16, Catalogue
from harbor_operator.core.tenancy import Grant
from harbor_operator.harbor.client import HarborClient
from harbor_operator.harbor.models import Grantable


async def read_catalogue(harbor: HarborClient, identity: Identity | None) -> Catalogue:
    """Harbor's own list; the one known here where the login may not see it.

    A robot never may, and the administrator of a project sees what there is in projects only.
    """
    if identity is not Identity.USER:
        return HARBOR_2_16
    listed = await harbor.system.permissions()
    if listed is None or not listed.project:
        return HARBOR_2_16
    return Catalogue(
        project=_grants(listed.project),
        system=_grants(listed.system) or HARBOR_2_16.system,
    )


def _grants(listed: Iterable[Grantable]) -> frozenset[Grant]:
    return frozenset((row.resource, row.action) for row in listed)
