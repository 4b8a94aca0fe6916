"""The objects of the end-to-end tests, as a user would write them."""

from dataclasses import dataclass

from testbed.control_plane.api import Json
from testbed.endtoend.objects import API_VERSION, GROUP
from testbed.endtoend.target import HarborTarget

ACCOUNT_SECRET = "harbor-account"
WEBHOOK_HOST = "hooks.example.com"
"""The host that webhooks may call; nothing happens for which Harbor would call it."""
OTHER_DEFAULTS: Json = {
    "scanning": {"onPush": True},
    "pullRestrictions": {"blockSeverity": "High"},
}
"""What projects of the other namespace get for what they leave out."""


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

    def upstream_name(self, name: str) -> str:
        """The name in Harbor of a test's upstream registry."""
        return f"{self.prefix}-{name}"

    def account(self, harbor: HarborTarget) -> Json:
        """The Secret with the operator's account in Harbor."""
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/basic-auth",
            "metadata": {"name": ACCOUNT_SECRET, "namespace": self.namespace},
            "stringData": {"username": harbor.username, "password": harbor.password},
        }

    def connection(self, harbor: HarborTarget, suffix: str = "", **more: object) -> Json:
        """A ClusterHarborConnection with the shortest drift period; the tests' own has no suffix.

        Args:
            harbor: Where to, and as whom.
            suffix: Tells it from others.
            more: Further fields of its spec.
        """
        trusted = {"caBundle": harbor.ca_file.read_text()} if harbor.ca_file else {}
        spec = {
            "url": harbor.url,
            "allowPlainHTTP": harbor.plain_http,
            "credentialsSecretRef": {"namespace": self.namespace, "name": ACCOUNT_SECRET},
            "driftCheckPeriod": "1m",
            "tenants": [self._own_rule(), self._other_rule()],
            "distribution": [{"from": [self.namespace], "to": {"names": [self.other_namespace]}}],
            **trusted,
            **more,
        }
        return _manifest("ClusterHarborConnection", {"name": f"{self.prefix}{suffix}"}, spec)

    def project(
        self,
        name: str,
        spec: Json | None = None,
        *,
        confirm_delete: bool = False,
        look: str = "",
        namespace: str = "",
    ) -> Json:
        """A HarborProject.

        Args:
            name: Its name, and what follows the prefix in Harbor.
            spec: Its settings.
            confirm_delete: Whether it confirms that its contents may be deleted.
            look: A new token asks for a look at it now.
            namespace: Where it is, if not in the first namespace.
        """
        project_name = self.project_name(name)
        asked = {"reconcile-requested-at": look} if look else {}
        if confirm_delete:
            asked["confirm-delete-contents"] = project_name
        wanted = {**self._connected(), "projectName": project_name, **(spec or {})}
        metadata = self._named(name, **asked)
        return _manifest(
            "HarborProject", {**metadata, "namespace": namespace or self.namespace}, wanted
        )

    def webhook_secret(self, name: str, header: str) -> Json:
        """A Secret with the header of a webhook, released for that use."""
        label = {f"{GROUP}/webhook-auth": "true"}
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": self.namespace, "labels": label},
            "stringData": {"header": header},
        }

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

    def _own_rule(self) -> Json:
        """What the first namespace may do."""
        return {
            "namespaces": {"names": [self.namespace]},
            "projects": ["{namespace}.*"],
            "mayAdopt": True,
            "proxyCacheRegistries": [self.upstream_name("*")],
            "webhookHosts": [WEBHOOK_HOST],
        }

    def _other_rule(self) -> Json:
        """What the other namespace may do: look at the first one's projects, with defaults."""
        return {
            "namespaces": {"names": [self.other_namespace]},
            "projects": [self.project_name("*")],
            "projectDefaults": OTHER_DEFAULTS,
        }

    def _connected(self) -> Json:
        return {"connectionRef": {"name": self.prefix}}

    def _named(self, name: str, **annotations: str) -> Json:
        ours = {f"{GROUP}/{key}": value for key, value in annotations.items()}
        return {"name": name, "namespace": self.namespace, "annotations": ours}


def _manifest(kind: str, metadata: Json, spec: Json) -> Json:
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}
