"""Cause and cure for what only the kubelet's message tells.

`{host}` stands for that of the image, `{words}` for what the message said of the pull.
"""

from typing import Final

from harbor_operator.cli.why.spoken import Symptom

SAYINGS: Final = {
    Symptom.SEVERITY: (
        "The project does not let this image be pulled: {words}.",
        (
            "Push an image with the findings fixed, have it scanned if it was not, or have the "
            "project's pullRestrictions allow them."
        ),
    ),
    Symptom.SIGNATURE: (
        "The project lets only signed images be pulled, and this one is not signed.",
        (
            "Sign the image by its digest, as a robot that may push, "
            "or have the project's pullRestrictions changed."
        ),
    ),
    Symptom.POLICY: (
        "A policy of the project forbids the pull (412): of severity or of signature.",
        "See pullRestrictions of the HarborProject, and the image's scan and signatures in Harbor.",
    ),
    Symptom.UNKNOWN_AUTHORITY: (
        "The node does not know the authority that signed the certificate of {host}.",
        (
            "Put Harbor's authority into the container runtime of every node, such as "
            "/etc/containerd/certs.d/{host}/; caBundle of the connection is for the operator only."
        ),
    ),
    Symptom.CERTIFICATE_TIME: (
        "The certificate of {host} is not valid at the node's time: {words}.",
        "Renew the certificate; if it is not expired, set the clock of the node.",
    ),
    Symptom.CERTIFICATE_NAME: (
        "The certificate of {host} is for another name: {words}.",
        "Pull by a name that is in the certificate, or give it this one as alternative name.",
    ),
    Symptom.PLAIN_HTTP: (
        "{host} answers without TLS, and the node wants it.",
        "Use the port that has TLS, or allow plain HTTP for the host in the container runtime.",
    ),
    Symptom.TOO_LARGE: (
        "Something on the way to {host} refuses bodies of this size (413).",
        (
            "Raise the limit of the proxy or Ingress in front of Harbor "
            "(nginx: proxy-body-size), and look for others before it."
        ),
    ),
    Symptom.TOO_MANY: (
        "Too many pulls in a short time: {words}.",
        (
            "Wait, the kubelet tries again; pull through a proxy cache project, "
            "or raise the limit that the message names."
        ),
    ),
    Symptom.NO_SUCH_HOST: (
        "The node cannot resolve {host}: {words}.",
        "Correct the image's host or the DNS of the nodes; names of Services are not known there.",
    ),
    Symptom.CONNECTION_REFUSED: (
        "The node cannot connect to {host}: {words}.",
        "See whether Harbor runs and listens on that port, and whether a firewall is between.",
    ),
    Symptom.TIMEOUT: (
        "{host} did not answer in time: {words}.",
        "Look at firewalls, proxies and Harbor's load; the kubelet tries again.",
    ),
    Symptom.FORBIDDEN: (
        "{host} refuses the pull (403): as a rule the login is known and has no right.",
        "Give the robot the right to pull from this project, and look at its HarborRobot.",
    ),
    Symptom.UNAUTHORIZED: (
        (
            "{host} does not accept the login for this image (401). It says the same of a login "
            "that is wrong, of one without right here, and of a project that does not exist."
        ),
        "Check the project's name; then kubectl harbor status for the robot and the pull secret.",
    ),
    Symptom.NOT_FOUND: (
        "{host} has no image of that name or tag.",
        "Check both, and whether the image was pushed, or deleted by retention.",
    ),
}
