"""The objects of the end-to-end tests, as a user would write them."""

from dataclasses import dataclass

from testbed.control_plane.api import Json
from testbed.endtoend.objects import API_VERSION, GROUP
from testbed.endtoend.target import HarborTarget

ACCOUNT_SECRET = "harbor-account"


@dataclass(frozen=True, slots=True)
class Manifests:
    """Objects of one run; every name outside of its namespaces starts with its prefix."""

    prefix: str

    @property
    def namespace(self) -> str:
        """Where the tests' objects live."""
        return self.prefix

    @property
    def other_namespace(self) -> str:
        """Where pull secrets are delivered to."""
        return f"{self.prefix}-apps"

    def project_name(self, name: str) -> str:
        """The name in Harbor of a test's project."""
        return f"{self.prefix}.{name}"

    def namespaces(self) -> list[Json]:
        """Both namespaces."""
        return [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            for name in (self.namespace, self.other_namespace)
        ]

    def account(self, harbor: HarborTarget) -> Json:
        """The Secret with the operator's account in Harbor."""
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/basic-auth",
            "metadata": {"name": ACCOUNT_SECRET, "namespace": self.namespace},
            "stringData": {"username": harbor.username, "password": harbor.password},
        }

    def connection(self, harbor: HarborTarget) -> Json:
        """The ClusterHarborConnection, with the shortest drift period."""
        trusted = {"caBundle": harbor.ca_file.read_text()} if harbor.ca_file else {}
        spec = {
            "url": harbor.url,
            "allowPlainHTTP": harbor.plain_http,
            "credentialsSecretRef": {"namespace": self.namespace, "name": ACCOUNT_SECRET},
            "driftCheckPeriod": "1m",
            "distribution": [{"from": [self.namespace], "to": {"names": [self.other_namespace]}}],
            **trusted,
        }
        return _manifest("ClusterHarborConnection", {"name": self.prefix}, spec)

    def project(self, name: str, spec: Json | None = None, *, confirm_delete: bool = False) -> Json:
        """A HarborProject, possibly with the confirmation that its contents may be deleted."""
        project_name = self.project_name(name)
        confirmation = {"confirm-delete-contents": project_name} if confirm_delete else {}
        wanted = {**self._connected(), "projectName": project_name, **(spec or {})}
        return _manifest("HarborProject", self._named(name, **confirmation), wanted)

    def robot(self, name: str, project: str, preset: str, *, rotate: str = "") -> Json:
        """A HarborRobot of a project with the shortest overlap; a token asks to rotate it."""
        request = {"rotate-requested-at": rotate} if rotate else {}
        spec = {
            **self._connected(),
            "access": [{"projectRef": {"name": project}, "preset": preset}],
            "rotation": {"overlap": "1m"},
        }
        return _manifest("HarborRobot", self._named(name, **request), spec)

    def pull_secret(self, name: str, robot: str) -> Json:
        """A HarborPullSecret for the other namespace."""
        spec = {
            "robotRef": {"name": robot},
            "targets": {"namespaces": {"names": [self.other_namespace]}},
        }
        return _manifest("HarborPullSecret", self._named(name), spec)

    def _connected(self) -> Json:
        return {"connectionRef": {"name": self.prefix}}

    def _named(self, name: str, **annotations: str) -> Json:
        ours = {f"{GROUP}/{key}": value for key, value in annotations.items()}
        return {"name": name, "namespace": self.namespace, "annotations": ours}


def _manifest(kind: str, metadata: Json, spec: Json) -> Json:
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}
