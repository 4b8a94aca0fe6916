"""The libraries of the GitOps tools judge recorded objects: `make gitops-test`."""

import asyncio
import json
import subprocess
from dataclasses import asdict
from pathlib import Path

import pytest

from testbed.tools.build import find_judge
from tests.support.announcing import Announce
from tests.support.argo_lua import ARGOCD, action_scripts, actions_on, after_action, health_of
from tests.support.custom_resources import Json
from tests.support.deployed import ROOT
from tests.support.gitops_objects import recorded
from tests.support.gitops_verdicts import CASES, VERDICTS, each_case

FLUX = ROOT / "deploy" / "gitops" / "flux" / "registry-access.yaml"
JUDGE_SECONDS = 30.0

Judged = dict[tuple[str, str], Json]


@pytest.fixture(scope="module")
def judge() -> Path:
    """Our program with the tools' own libraries."""
    return asyncio.run(find_judge())


@pytest.fixture(scope="module")
def judged(judge: Path) -> Judged:
    """What the program says of every recorded object."""
    lines = [json.dumps(recorded(kind, state)) for kind, state in CASES]
    ran = subprocess.run(  # noqa: S603 -- built from this repository
        [judge, "-kustomization", FLUX, "-argocd-cm", ARGOCD / "argocd-cm.yaml"],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        timeout=JUDGE_SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return dict(zip(CASES, map(json.loads, ran.stdout.splitlines()), strict=True))


@each_case
def test_every_tool_understands_the_state(judged: Judged, kind: str, state: str) -> None:
    said = judged[kind, state]

    found = {"argo": said["argo"]["status"], "kstatus": said["kstatus"], "flux": said["flux"]}

    assert found == asdict(VERDICTS[state])


@each_case
def test_both_luas_agree(judged: Judged, kind: str, state: str) -> None:
    body, said = recorded(kind, state), judged[kind, state]

    disabled = {name: {"disabled": a["disabled"]} for name, a in said["actions"].items()}

    assert said["argo"] == health_of(body)
    assert disabled == actions_on(body)
    for name in action_scripts(kind):
        result = said["actions"][name]["result"]
        assert outline(result) == outline(after_action(name, body))


def outline(body: Json) -> Json:
    """An object with the moment left out; both Luas have one word for an empty list and map."""
    annotations = dict.fromkeys(body["metadata"].get("annotations") or {})
    shown = {"spec": body["spec"], "annotations": annotations}
    plain: Json = json.loads(json.dumps(shown).replace("[]", "{}"))
    return plain


def test_the_table(judged: Judged, announce: Announce) -> None:
    assert len(judged) == len(CASES)

    announce(f"{'kind':<25}{'state':<19}{'kstatus':<13}{'Flux':<12}Argo CD")
    for (kind, state), said in judged.items():
        argo = said["argo"]["status"]
        announce(f"{kind:<25}{state:<19}{said['kstatus']:<13}{said['flux']:<12}{argo}")
