"""What a pipeline is told, and what is written into it: a table with a row for each system."""

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import Template
from typing import Final

from harbor_operator.cli.ci.arguments import System
from harbor_operator.cli.registry_logins import RegistryLogin

HOST: Final = "HARBOR_HOST"
PROJECT: Final = "HARBOR_PROJECT"
USERNAME: Final = "HARBOR_USERNAME"
PASSWORD: Final = "HARBOR_PASSWORD"  # noqa: S105 -- the name of a variable


@dataclass(frozen=True, slots=True)
class Scene:
    """What a recipe is about.

    Attributes:
        robot: The HarborRobot's name.
        namespace: Its namespace.
        secret: The name of its Secret.
        login: What it logs in with.
        kept: What the login is called in the system, such as a credential of Jenkins.
    """

    robot: str
    namespace: str
    secret: str
    login: RegistryLogin
    kept: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one system is supplied.

    Attributes:
        file: Where the snippet goes.
        snippet: The text, `$name` standing for what the scene tells and `$$` for a dollar.
        follows: Whether a rotation reaches the system by itself.
        steps: Lines that tell what to do before the snippet works, as a function of the scene.
    """

    file: str
    snippet: str
    follows: bool
    steps: Callable[[Scene], tuple[str, ...]]

    def filled(self, scene: Scene) -> str:
        """The snippet for a scene."""
        return Template(self.snippet).substitute(
            host=scene.login.host,
            project=scene.login.project or "PROJECT",
            robot=scene.robot,
            namespace=scene.namespace,
            kept=scene.kept,
        )


def variables_of(login: RegistryLogin) -> dict[str, str]:
    """The variables of a pipeline, with the password among them."""
    return {
        HOST: login.host,
        PROJECT: login.project,
        USERNAME: login.username,
        PASSWORD: login.password.reveal(),
    }


_LOG_IN: Final = (
    """printf '%s' "$$HARBOR_PASSWORD" | docker login --username "$$HARBOR_USERNAME" """
    """--password-stdin "$$HARBOR_HOST\""""
)

_GITLAB: Final = f"""\
image:
  image: docker:29
  services: ["docker:29-dind"]
  variables:
    DOCKER_TLS_CERTDIR: /certs
    IMAGE: $$HARBOR_HOST/$$HARBOR_PROJECT/$$CI_PROJECT_NAME:$$CI_COMMIT_SHORT_SHA
  script:
    - {_LOG_IN}
    - docker build --tag "$$IMAGE" .
    - docker push "$$IMAGE"
"""

_GITHUB: Final = f"""\
name: image
on: push
jobs:
  image:
    runs-on: ubuntu-latest
    env:
      HARBOR_HOST: $${{{{ vars.HARBOR_HOST }}}}
      HARBOR_PROJECT: $${{{{ vars.HARBOR_PROJECT }}}}
      HARBOR_USERNAME: $${{{{ vars.HARBOR_USERNAME }}}}
    steps:
      - uses: actions/checkout@v5
      - name: Log in
        env:
          HARBOR_PASSWORD: $${{{{ secrets.HARBOR_PASSWORD }}}}
        run: {_LOG_IN}
      - name: Build and push
        run: |
          image="$$HARBOR_HOST/$$HARBOR_PROJECT/$${{GITHUB_REPOSITORY##*/}}:$$GITHUB_SHA"
          docker build --tag "$$image" .
          docker push "$$image"
"""

_TEKTON: Final = """\
apiVersion: harbor-operator.dev/v1alpha1
kind: HarborPullSecret
metadata:
  name: $kept
  namespace: $namespace
spec:
  robotRef:
    name: $robot
---
apiVersion: tekton.dev/v1
kind: Task
metadata:
  name: build-and-push
  namespace: $namespace
spec:
  params:
    - name: image
      default: $host/$project/app:latest
  workspaces:
    - name: source
    - name: docker-config
  steps:
    - name: build
      image: moby/buildkit:rootless
      workingDir: $$(workspaces.source.path)
      env:
        - name: DOCKER_CONFIG
          value: $$(workspaces.docker-config.path)
        - name: BUILDKITD_FLAGS
          value: --oci-worker-no-process-sandbox
      script: |
        buildctl-daemonless.sh build --frontend dockerfile.v0 \\
          --local context=. --local dockerfile=. \\
          --output "type=image,name=$$(params.image),push=true"
---
apiVersion: tekton.dev/v1
kind: TaskRun
metadata:
  generateName: build-and-push-
  namespace: $namespace
spec:
  taskRef:
    name: build-and-push
  workspaces:
    - name: source
      emptyDir: {}
    - name: docker-config
      secret:
        secretName: $kept
        items:
          - key: .dockerconfigjson
            path: config.json
"""

_JENKINS: Final = f"""\
pipeline {{
  agent any
  environment {{
    HARBOR_HOST = '$host'
    IMAGE = "$host/$project/$${{env.JOB_BASE_NAME}}:$${{env.BUILD_NUMBER}}"
  }}
  stages {{
    stage('Image') {{
      steps {{
        withCredentials([usernamePassword(credentialsId: '$kept',
            usernameVariable: 'HARBOR_USERNAME', passwordVariable: 'HARBOR_PASSWORD')]) {{
          sh '''{_LOG_IN}
                docker build --tag "$$IMAGE" .
                docker push "$$IMAGE"'''
        }}
      }}
    }}
  }}
}}
"""


def _set_by_hand(system: System) -> Callable[[Scene], tuple[str, ...]]:
    def steps(scene: Scene) -> tuple[str, ...]:
        again = f"kubectl harbor ci {system} robot/{scene.robot} -n {scene.namespace}"
        return (
            "Set the variables above, or have them set, and set again after each rotation:",
            f"  {again} --store-in {_PLACES[system]}",
        )

    return steps


def _by_the_label(scene: Scene) -> tuple[str, ...]:
    labels = {"jenkins.io/credentials-type": "usernamePassword"}
    patch = json.dumps({"spec": {"secretTemplate": {"labels": labels}}})
    return (
        "Let Jenkins' Kubernetes Credentials Provider see the robot's Secret as credential",
        f"{scene.secret}, which then follows rotations:",
        f"  kubectl -n {scene.namespace} patch hrobot {scene.robot} --type=merge \\",
        f"    -p {shlex.quote(patch)}",
    )


def _apply(_: Scene) -> tuple[str, ...]:
    return ("Apply the objects below; the Secret of the first one follows rotations.",)


_PLACES: Final = {System.GITLAB: "GROUP/PROJECT", System.GITHUB: "OWNER/REPOSITORY"}

RECIPES: Final[Mapping[System, Recipe]] = {
    System.GITLAB: Recipe(
        ".gitlab-ci.yml", _GITLAB, follows=False, steps=_set_by_hand(System.GITLAB)
    ),
    System.GITHUB: Recipe(
        ".github/workflows/image.yaml", _GITHUB, follows=False, steps=_set_by_hand(System.GITHUB)
    ),
    System.TEKTON: Recipe("tekton.yaml", _TEKTON, follows=True, steps=_apply),
    System.JENKINS: Recipe("Jenkinsfile", _JENKINS, follows=True, steps=_by_the_label),
}


def name_in(system: System, scene_secret: str, robot: str, store_in: str | None) -> str:
    """What the login is called in a system."""
    if system is System.TEKTON:
        return f"{robot}-docker"
    return store_in.rpartition("/")[2] if store_in else scene_secret
