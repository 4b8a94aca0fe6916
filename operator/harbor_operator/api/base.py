"""What all custom resources share: names in the cluster, references, selections, status."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from pydantic import Field

from harbor_operator.api.conditions import Condition
from harbor_operator.api.model import SERVER_DEFAULT, ApiModel, Rule
from harbor_operator.api.values import (
    AnnotationValue,
    LabelValue,
    NamespaceGlob,
    NamespaceName,
    ObjectName,
    SecretKey,
    Token,
)

GROUP: Final = "harbor-operator.dev"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"
CATEGORY: Final = "harbor"

ANNOTATION_RECONCILE: Final = f"{GROUP}/reconcile-requested-at"
"""Any new token asks for one reconcile now; echoed in `status.lastHandledReconcileAt`."""

ANNOTATION_ROTATE: Final = f"{GROUP}/rotate-requested-at"
"""Any new token on a robot asks for one rotation; echoed in `status.lastHandledRotateAt`."""

ANNOTATION_REVOKE: Final = f"{GROUP}/revoke-requested-at"
"""Any new token on a robot asks to replace its credential at once and to end the old one, on a
connection the same of all its robots; echoed in `status.lastHandledRevokeAt`."""

ANNOTATION_SKIP_CANARIES: Final = f"{GROUP}/revoke-without-canaries"
"""`"true"` on a connection: a revoke of all robots does not wait for its canaries."""

ANNOTATION_ABANDON: Final = f"{GROUP}/abandon"
"""`"true"` on an object that is being deleted lets it go and leaves its Harbor side behind."""

ANNOTATION_CONFIRM_DELETE_CONTENTS: Final = f"{GROUP}/confirm-delete-contents"
"""The project's name, without which deletionPolicy DeleteWithContents deletes nothing."""

ANNOTATION_ACCEPT_PULL_SECRETS: Final = f"{GROUP}/accept-pull-secrets-from"
"""On a Namespace: the namespaces, separated by commas, whose pull secrets it accepts."""

ANNOTATION_CONFIRM_REMOVAL: Final = f"{GROUP}/confirm-removal"
"""On a HarborPullSecret: the word that its condition RemovalHeld names, which lets just those
namespaces go that had left when it was named."""

ANNOTATION_RESUME_ROLLOUT: Final = f"{GROUP}/resume-rollout"
"""Any new token on a pull secret lets its paused rollout go on although the canary fails; echoed
in `status.lastHandledResumeAt`."""

ANNOTATION_IMAGE_PULL_SECRETS: Final = f"{GROUP}/image-pull-secrets"
"""On a ServiceAccount: which of its imagePullSecrets the operator added, and for whom."""

ANNOTATION_OWNER_NAME: Final = f"{GROUP}/owner-name"
"""On a managed Secret: the owner's name, which may be too long for a label's value."""

ANNOTATION_TEMPLATE_KEYS: Final = f"{GROUP}/template-keys"
"""On a managed Secret: which of its labels and annotations come from a secretTemplate."""

LABEL_MANAGED: Final = f"{GROUP}/managed"
"""On every Secret the operator writes: `"true"`, the label its watch selects on the server."""

LABEL_OWNER_UID: Final = f"{GROUP}/owner-uid"
"""On a managed Secret: the uid of the object whose it is. The authority about ownership."""

LABEL_OWNER_KIND: Final = f"{GROUP}/owner-kind"
"""On a managed Secret: the kind of the object whose it is."""

LABEL_OWNER_NAMESPACE: Final = f"{GROUP}/owner-namespace"
"""On a managed Secret: the namespace of the object whose it is, which may be another one."""

LABEL_ROBOT_UID: Final = f"{GROUP}/robot-uid"
"""On a managed Secret: the uid of the HarborRobot whose credential it holds."""

LABEL_INJECT: Final = f"{GROUP}/inject"
"""On a delivered pull secret: `"true"` has a MutatingAdmissionPolicy add it to new pods."""

LABEL_CANARY: Final = f"{GROUP}/canary"
"""`"true"` on a robot: a revoke on its connection tries it before the others."""

LABEL_WEBHOOK_AUTH: Final = f"{GROUP}/webhook-auth"
"""With the value "true", on a Secret whose owner lets it be sent to webhooks."""

ANNOTATION_CREATING: Final = f"{GROUP}/creating"
"""On a HarborProject: the intent to create it in Harbor, written with the finalizer right before
the request; echoed in `status.lastHandledIntent` once the project is known."""

FINALIZER: Final = f"{GROUP}/cleanup"
"""Holds an object while the operator has something of it to clean up."""

LEDGER_TYPE: Final = f"{GROUP}/credential-ledger"
"""The type of the Secret that records a robot's credentials."""

LEDGER_SUFFIX: Final = "-ledger"
"""What a robot's secretName gets appended to name its ledger."""

DEFAULT_CONNECTION: Final = "default"
"""The ClusterHarborConnection that is meant where none is named."""


class ConnectionRef(ApiModel):
    """Names the ClusterHarborConnection that an object uses."""

    name: ObjectName = Field(default=DEFAULT_CONNECTION, json_schema_extra=SERVER_DEFAULT)
    """Name of the ClusterHarborConnection."""


class LocalRef(ApiModel):
    """Names an object of the same namespace."""

    name: ObjectName
    """Name of the object, in this object's own namespace."""


class ProjectRef(ApiModel):
    """Names a HarborProject, of the same namespace or of one whose project is shared with it."""

    name: ObjectName
    """Name of the HarborProject."""

    namespace: NamespaceName | None = None
    """Its namespace, where that is another one: its sharedWith must name this namespace."""


CONNECTION_IS_IMMUTABLE: Final = Rule(
    "self.connectionRef.name == oldSelf.connectionRef.name",
    "connectionRef is immutable: create another object instead",
    field="connectionRef",
)
"""The rule of every spec that names its connection."""


class SecretRef(ApiModel):
    """Names a Secret anywhere in the cluster; only cluster-scoped kinds may hold one."""

    namespace: NamespaceName
    """Namespace of the Secret."""

    name: ObjectName
    """Name of the Secret."""


class SecretKeyRef(ApiModel):
    """Names one key of a Secret of the same namespace."""

    name: ObjectName
    """Name of the Secret, in this object's own namespace."""

    key: SecretKey
    """Key of the Secret that holds the value."""


class SelectorOperator(StrEnum):
    """How a label's value relates to the values of an expression."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


class LabelRequirement(ApiModel):
    """One expression of a label selector."""

    checks = (
        Rule(
            "self.operator in ['In', 'NotIn'] ? has(self.values) && self.values.size() > 0"
            " : !has(self.values) || self.values.size() == 0",
            "matchExpressions: In and NotIn need values, Exists and DoesNotExist take none",
        ),
    )

    key: str = Field(min_length=1, max_length=317)
    """The label's key."""

    operator: SelectorOperator
    """How the label's value relates to the values: In, NotIn, Exists or DoesNotExist."""

    values: tuple[LabelValue, ...] = Field(default=(), max_length=64)
    """The values that In and NotIn compare with."""


class LabelSelector(ApiModel):
    """A label selector as Kubernetes has it; all parts must match."""

    checks = (
        Rule(
            "(has(self.matchLabels) && self.matchLabels.size() > 0)"
            " || (has(self.matchExpressions) && self.matchExpressions.size() > 0)",
            "selector: an empty selector would select everything: give matchLabels or"
            " matchExpressions; all is said by names: ['*'], of ServiceAccounts by all: true",
        ),
    )

    match_labels: Mapping[str, LabelValue] = Field(default={}, max_length=32)
    """Labels that must be there with exactly this value."""

    match_expressions: tuple[LabelRequirement, ...] = Field(default=(), max_length=32)
    """Expressions about labels."""


class NamespaceSelection(ApiModel):
    """Selects namespaces by name and label.

    Who asks decides how the parts combine: targets are (names or selector) minus exclude, while
    a permission needs everything that is given to match.
    """

    checks = (
        Rule(
            "(has(self.names) && self.names.size() > 0) || has(self.selector)",
            "an empty selection selects nothing: give names or selector",
        ),
    )

    names: tuple[NamespaceGlob, ...] = Field(default=(), max_length=256)
    """Names of namespaces; `*` stands for any characters, and the whole name must match."""

    selector: LabelSelector | None = None
    """Labels of namespaces. Where tenants may label their namespaces, prefer names."""

    exclude: tuple[NamespaceGlob, ...] = Field(default=(), max_length=256)
    """Names of namespaces, with `*` as in names, that are never selected."""


class SecretTemplate(ApiModel):
    """What a Secret carries besides its data."""

    checks = (
        Rule(
            f"!has(self.labels) || self.labels.all(key, !key.startsWith('{GROUP}/'))",
            f"labels: those of {GROUP}/ are the operator's own",
            field="labels",
        ),
        Rule(
            f"!has(self.annotations) || self.annotations.all(key, !key.startsWith('{GROUP}/'))",
            f"annotations: those of {GROUP}/ are the operator's own",
            field="annotations",
        ),
    )

    labels: Mapping[str, LabelValue] = Field(default={}, max_length=32)
    """Labels for the Secret."""

    annotations: Mapping[str, AnnotationValue] = Field(default={}, max_length=32)
    """Annotations for the Secret."""


class Status(ApiModel):
    """What every kind reports."""

    observed_generation: int = Field(default=-1, ge=-1)
    """The generation of the spec that this status speaks of; -1 before the first look."""

    last_handled_reconcile_at: Token | None = None
    """The newest token of annotation harbor-operator.dev/reconcile-requested-at handled."""

    conditions: tuple[Condition, ...] = Field(
        default=(),
        max_length=16,
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
        },
    )
    """What is the case, one entry per type. Ready sums up."""

    def condition(self, kind: str) -> Condition | None:
        """Find the condition of a type, or None while it has not been written."""
        return next((entry for entry in self.conditions if entry.type == kind), None)
