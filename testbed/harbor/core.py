"""What all handlers share: the state, the clock, the sessions, the token key, the addresses."""

from dataclasses import dataclass, field

from testbed.harbor.clock import Clock
from testbed.harbor.costs import Costs
from testbed.harbor.directory import Directory
from testbed.harbor.faults import Faults
from testbed.harbor.known_secrets import KnownSecrets
from testbed.harbor.release import Release
from testbed.harbor.scan_plans import ScanPlan
from testbed.harbor.sessions import Sessions
from testbed.harbor.state import HarborState
from testbed.harbor.storage import Storage
from testbed.harbor.token_issuer import TokenIssuer

COMPONENTS = ("core", "database", "jobservice", "portal", "redis", "registry", "registryctl")
"""The parts of an installation without a scanner, in the order of the health report."""


@dataclass(slots=True)
class Core:
    """One installation of Harbor.

    `component_errors` makes parts of it sick in the health report: component name to message.
    `unreachable` holds the URLs of registries and scanners that do not answer although they do
    not lie on loopback, where they would be called. `directory` is what LDAP or the
    authentication proxy knows, `secrets` are all that were ever issued or told. `scan_plan` is what
    scans will find.
    """

    state: HarborState
    clock: Clock
    sessions: Sessions
    tokens: TokenIssuer
    costs: Costs
    release: Release
    storage: Storage
    url: str = ""
    faults: Faults = field(default_factory=Faults)
    component_errors: dict[str, str] = field(default_factory=dict)
    unreachable: set[str] = field(default_factory=set)
    directory: Directory = field(default_factory=Directory)
    secrets: KnownSecrets = field(default_factory=KnownSecrets)
    scan_plan: ScanPlan = field(default_factory=ScanPlan)

    @property
    def registry_host(self) -> str:
        """The host and port that image names and `.dockerconfigjson` carry."""
        return self.url.partition("://")[2]

    @property
    def robot_prefix(self) -> str:
        """What stands before every robot's stored name."""
        return str(self.state.configuration["robot_name_prefix"])

    @property
    def read_only(self) -> bool:
        """Whether writes are refused, by the administrator's switch or by a fault."""
        return self.faults.read_only or bool(self.state.configuration["read_only"])

    def setting(self, key: str) -> int:
        """A numeric system setting."""
        return int(self.state.configuration[key])
