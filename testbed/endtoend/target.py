"""Which Harbor is worked with: what the environment says about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from testbed.errors import WorldError

URL_VARIABLE = "HARBOR_URL"
USERNAME_VARIABLE = "HARBOR_USERNAME"
PASSWORD_VARIABLE = "HARBOR_PASSWORD"
CA_FILE_VARIABLE = "HARBOR_CA_FILE"
"""Optional: a PEM file with the authority that signed Harbor's certificate."""


@dataclass(frozen=True, slots=True)
class HarborTarget:
    """Where a Harbor is, and the account to work with."""

    url: str
    username: str
    password: str = field(repr=False)
    ca_file: Path | None = None

    @property
    def plain_http(self) -> bool:
        """Whether it is reached without TLS."""
        return self.url.startswith("http://")


def harbor_target(environment: Mapping[str, str]) -> HarborTarget:
    """Read the Harbor from its variables.

    Raises:
        WorldError: one of them is missing.
    """
    required = (URL_VARIABLE, USERNAME_VARIABLE, PASSWORD_VARIABLE)
    if missing := [name for name in required if not environment.get(name)]:
        raise WorldError(f"{' and '.join(missing)} must be set where {URL_VARIABLE} is")
    ca_file = environment.get(CA_FILE_VARIABLE)
    return HarborTarget(
        url=environment[URL_VARIABLE].rstrip("/"),
        username=environment[USERNAME_VARIABLE],
        password=environment[PASSWORD_VARIABLE],
        ca_file=Path(ca_file) if ca_file else None,
    )
