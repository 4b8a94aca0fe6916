"""What is there when a page begins: the one table of scenes.

A scene is what somebody has done before: commands that run in the page's folder, of which nothing
is shown. All scenes have an empty cluster, a Harbor, and a kubelet that runs pods. The manifests
that they name by `$STAGE` are in the folder `stage`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from testbed.docs.names import HARBOR_HOST, HARBOR_PASSWORD, HARBOR_URL

INSTALL = """\
kubectl apply --server-side -f deploy/install.yaml
kubectl -n harbor-operator rollout status deployment/harbor-operator --timeout=60s
"""
CONNECT = """\
kubectl apply -f deploy/samples/01-connection.yaml
kubectl wait --for=condition=Ready hconn/default
"""
SETTLE = """\
kubectl wait --for=condition=Ready --timeout=60s --all -A hproj,hrobot,hpull
"""
TEAM = f"""\
{INSTALL}{CONNECT}
kubectl apply -f deploy/samples/02-project.yaml
kubectl apply -f deploy/samples/03-robot-ci.yaml -f deploy/samples/04-robot-pull.yaml
kubectl apply -f deploy/samples/05-pull-secret.yaml
kubectl apply -f deploy/samples/06-pull-secret-other-namespaces.yaml
{SETTLE}"""
SCANNED = f"""\
curl -s --fail "$HARBOR_CONTROL_URL/scanners" -d '{{"name": "Trivy", "url": "http://trivy:8080"}}'
{TEAM}"""
CHART = """\
helm install harbor-operator deploy/chart --namespace harbor-operator --create-namespace \\
  --set image.repository=registry.example.com/platform/harbor-operator --wait --timeout 60s
"""
WEB_TEAM = f"""\
{INSTALL}{CONNECT}
kubectl config set-context --current --namespace=payments
kubectl apply -f "$STAGE/web-team.yaml"
{SETTLE}
printf made-up-content >image
tar --create --gzip --file=layer.tar.gz image
login=$(kubectl get secret deploy -o jsonpath='{{.data.password}}' | base64 -d)
user=$(kubectl get secret deploy -o jsonpath='{{.data.username}}' | base64 -d)
crane auth login {HARBOR_HOST} --username "$user" --password "$login"
crane append --new_layer layer.tar.gz --new_tag {HARBOR_HOST}/payments.web/app:1
crane auth logout {HARBOR_HOST}
"""
WEB_RUNS = f"""\
{WEB_TEAM}
kubectl apply -f "$STAGE/web-pods.yaml"
kubectl rollout status deployment/web
kubectl -n search wait --for=condition=Ready pod/web
kubectl apply -f "$STAGE/web-waiting.yaml"
kubectl wait --for=jsonpath='{{.status.conditions[0].reason}}'=WaitingForProject hrobot/batch
"""
WEB_SCANNED = f"""\
{WEB_TEAM}
kubectl apply -f "$STAGE/web-pods.yaml"
kubectl rollout status deployment/web
curl -s --fail "$HARBOR_CONTROL_URL/scanners" -d '{{"name": "Trivy", "url": "http://trivy-adapter:8080"}}'
curl -s --fail -X PUT "$HARBOR_CONTROL_URL/scans" -d '{{"seconds": 0}}'
curl -s --fail -X PUT "$HARBOR_CONTROL_URL/findings" -d @"$STAGE/findings.json"
artifact={HARBOR_URL}/api/v2.0/projects/payments.web/repositories/app/artifacts/1
admin=admin:{HARBOR_PASSWORD}
curl -s --fail --user "$admin" -X POST "$artifact/scan"
found="$artifact/additions/vulnerabilities"
until curl -s --fail --user "$admin" "$found" | grep -q CVE; do sleep 0.2; done
"""
WEB_REFUSED = f"""\
{WEB_TEAM}
kubectl patch hrobot ci --type=merge -p '{{"spec":{{"disabled":true}}}}'
kubectl wait --for=condition=CredentialValid=False hrobot/ci
kubectl apply -f "$STAGE/web-pods.yaml"
reason='{{.status.containerStatuses[0].state.waiting.reason}}'
kubectl wait --for=jsonpath="$reason"=ImagePullBackOff pod --selector=app=web
"""
FAILING_HARBOR = """\
curl -s --fail "$HARBOR_CONTROL_URL/faults" -d '{"kind": "status", "status": 500}'
kubectl apply -f deploy/samples/02-project.yaml
kubectl wait --for=condition=Ready=False hconn/default
"""
MEASURED = """\
kubectl apply -f "$STAGE/pod-metrics.yaml"
kubectl wait --for=condition=Established crd/pods.metrics.k8s.io
until kubectl apply -f "$STAGE/measured-pods.yaml"; do sleep 0.2; done
"""
CRASHING = """\
kubectl apply -f "$STAGE/monitoring-kinds.yaml"
kubectl -n harbor-operator scale deployment/harbor-operator --replicas=0
kubectl -n harbor-operator set env deployment/harbor-operator HARBOR_OPERATOR_WORKERS=none
kubectl -n harbor-operator wait --for=delete pod --all
kubectl -n harbor-operator scale deployment/harbor-operator --replicas=1
until kubectl -n harbor-operator logs deployment/harbor-operator --previous; do sleep 0.2; done
"""
ORPHANS = f"""\
{INSTALL}{CONNECT}
kubectl apply -f deploy/samples/02-project.yaml -f deploy/samples/03-robot-ci.yaml
{SETTLE}
kubectl config set-context --current --namespace=payments
kubectl -n harbor-operator scale deployment/harbor-operator --replicas=0
kubectl -n harbor-operator wait --for=delete pod --all
kubectl patch hrobot payments-ci --type=merge -p '{{"metadata":{{"finalizers":null}}}}'
kubectl delete hrobot payments-ci
until ! kubectl get secret payments-ci; do sleep 0.1; done
"""
LOCKED_OUT = f"""\
{INSTALL}{CONNECT}
kubectl -n harbor-operator patch secret harbor-admin -p '{{"stringData":{{"password":"wrong"}}}}'
kubectl wait --for=condition=Ready=False hconn/default
"""
KREW = """\
mkdir -p dist/krew
touch dist/krew/kubectl-harbor-linux-amd64.tar.gz
python - <<'END'
from pathlib import Path
from testbed.krew.manifest import write
from testbed.krew.platforms import named
folder = Path("dist/krew")
write(folder, "0.1.0", {named("linux-amd64"): folder / "kubectl-harbor-linux-amd64.tar.gz"}, "")
END
cp dist/krew/harbor.yaml .
"""
STAGES = f"""\
{INSTALL}{CONNECT}
curl -s --fail "$HARBOR_CONTROL_URL/scanners" \\
  -d '{{"name": "Trivy", "url": "http://trivy-adapter:8080"}}'
curl -s --fail -X PUT "$HARBOR_CONTROL_URL/scans" -d '{{"seconds": 0}}'
kubectl config set-context --current --namespace=payments
kubectl apply -f "$STAGE/stages.yaml"
{SETTLE}
kubectl patch hconn default --type=merge -p \\
  '{{"spec": {{"tenants": [{{"namespaces": {{"names": ["payments"]}}, "maxAccess": "Project"}}]}}}}'
printf made-up-content >image
tar --create --gzip --file=layer.tar.gz image
login=$(kubectl get secret ci -o jsonpath='{{.data.password}}' | base64 -d)
user=$(kubectl get secret ci -o jsonpath='{{.data.username}}' | base64 -d)
crane auth login {HARBOR_HOST} --username "$user" --password "$login"
crane append --new_layer layer.tar.gz --new_tag {HARBOR_HOST}/payments.dev/app:1.2
crane auth logout {HARBOR_HOST}
"""
HAND_MADE = f"""\
{STAGES}
kubectl create secret docker-registry regcred --docker-server={HARBOR_HOST} \\
  --docker-username="$user" --docker-password="$login"
kubectl patch serviceaccount default -p '{{"imagePullSecrets": [{{"name": "regcred"}}]}}'
kubectl create deployment app --image={HARBOR_HOST}/payments.dev/app:1.2
kubectl rollout status deployment/app
"""
LEGACY = f"""\
{INSTALL}{CONNECT}
kubectl create ns payments
curl -s --fail -X PUT "$HARBOR_CONTROL_URL/clock" -d '{{"offset_seconds": -86400}}'
harbor={HARBOR_URL}/api/v2.0
login=admin:{HARBOR_PASSWORD}
curl -s --fail --user "$login" "$harbor/projects" --json \\
  '{{"project_name": "payments.legacy"}}'
curl -s --fail -X PUT "$HARBOR_CONTROL_URL/clock" -d '{{"offset_seconds": 0}}'
made=$(curl -s --fail --user "$login" "$harbor/projects/payments.legacy")
id=$(sed 's/.*"project_id": *\\([0-9]*\\).*/\\1/' <<<"$made")
curl -s --fail --user "$login" "$harbor/labels" --json \
  '{{"name": "obsolete", "color": "#FFFFFF", "scope": "p", "project_id": '"$id"'}}'
"""
SANDBOX = f"""\
{TEAM}
kubectl apply -f deploy/samples/10-project-disposable.yaml
kubectl -n payments annotate hproj sandbox harbor-operator.dev/confirm-delete-contents-
kubectl -n payments wait --for=condition=Ready hproj/sandbox
"""
HARBOR_GONE = f"""\
{SANDBOX}
curl -s --fail -X PUT "$HARBOR_CONTROL_URL/modes" -d '{{"down": true}}'
kubectl -n payments delete hrobot/payments-ci hproj/sandbox --wait=false
"""
STUCK = f"""\
{SANDBOX}
kubectl -n payments delete hproj sandbox --wait=false
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """What somebody has done before the page is opened."""

    name: str
    script: str = ""
    placeholders: Mapping[str, str] = field(default_factory=dict)
    """What the reader fills in for names in angle brackets."""
    shared: bool = False
    """Whether pages leave it as good as before. They are followed in one world then, with those of
    other such scenes of the same script, each in a shell of its own; none may need another."""


def _alert_of(name: str, **more: str) -> Mapping[str, str]:
    """The labels of an alert about an object of the team's, and what else its page asks for."""
    others = {f"<{key.replace('_', ' ')}>": value for key, value in more.items()}
    return {"<namespace>": "payments", "<name>": name, **others}


SCENES: Mapping[str, Scene] = {
    scene.name: scene
    for scene in (
        # Nothing is installed.
        Scene("bare"),
        # Nothing is installed, and there are two namespaces.
        Scene("namespaces", "kubectl create ns payments\nkubectl create ns payments-prod\n"),
        # The operator runs, as deploy/install.yaml installs it.
        Scene("installed", INSTALL),
        # It also has the connection `default`.
        Scene("connected", INSTALL + CONNECT),
        # Namespace payments has a project, two robots and two pull secrets, which are Ready.
        Scene("team", TEAM, shared=True),
        # The same, for a page that changes what all share, or takes it away.
        Scene("team-alone", TEAM, {"<overlay>": "deploy/kustomize"}),
        # The same, and Harbor was installed with a scanner.
        Scene("scanned", SCANNED),
        # Somebody has made project payments.legacy in Harbor by hand, a day ago.
        Scene("legacy", LEGACY),
        # Harbor is gone for good; robot payments-ci and project sandbox are being deleted.
        Scene("harbor-gone", HARBOR_GONE),
        # The operator was installed by the chart, where there is a Prometheus operator.
        Scene("chart", f'kubectl apply -f "$STAGE/monitoring-kinds.yaml"\n{CHART}'),
        # Argo CD has its ConfigMap.
        Scene("argocd", "kubectl create ns argocd\nkubectl -n argocd create cm argocd-cm\n"),
        # Another team, in whose namespace the reader is: project web, robots deploy and ci,
        # pull secret images. Its image runs in two namespaces; robot batch waits for a project.
        Scene("web", WEB_RUNS),
        # The same team, whose image has been scanned; nothing else waits.
        Scene("web-scanned", WEB_SCANNED),
        # The same team, whose Deployment web cannot pull since robot ci is disabled.
        Scene("web-refused", WEB_REFUSED),
        # Somebody has put a wrong password into the connection's Secret.
        Scene("locked-out", LOCKED_OUT),
        # The operator was away while robot payments-ci was deleted, without its finalizer.
        Scene("orphans", ORPHANS),
        # A team with the projects dev and prod, and app:1.2 in the first.
        Scene("stages", STAGES),
        # Its Deployment app pulls by Secret regcred, which somebody has made by hand.
        Scene("hand-made", HAND_MADE),
        # A release's manifest for krew, and what `make krew` packs.
        Scene("krew", KREW),
        # An alert has fired about the operator, its connection, or one of the team's objects.
        Scene("alert-of-operator", TEAM, shared=True),
        Scene("alert-of-connection", TEAM, shared=True),
        Scene("alert-of-project", TEAM, _alert_of("payments")),
        Scene("alert-of-robot", TEAM, _alert_of("payments-ci"), shared=True),
        Scene(
            "alert-of-pull-secret",
            TEAM,
            _alert_of("payments-images", target="payments-prod", secret_name="payments-images"),
            shared=True,
        ),
        # Project sandbox waits for the confirmation of its deletion.
        Scene("stuck-deletion", STUCK, _alert_of("sandbox", kind="hproj")),
        # Harbor answers with errors.
        Scene("harbor-errors", INSTALL + CONNECT + FAILING_HARBOR, shared=True),
        # There is a metrics server.
        Scene(
            "measured",
            INSTALL + CONNECT + MEASURED,
            {"<namespace of harbor>": "harbor"},
            shared=True,
        ),
        # The operator ends as soon as it has begun.
        Scene("operator-crashes", INSTALL + CRASHING),
    )
}
