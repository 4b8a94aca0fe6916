"""A listed namespace goes with its Role: the operator serves the others, and says so."""

import asyncio
from pathlib import Path

from testbed.tools.waiting import until
from tests.support.charted import environment_of, released
from tests.support.deployed import ACCOUNT, NAMESPACE, Installation
from tests.support.helm import IMAGE, Helm
from tests.support.operator_process import OperatorProcess

PATIENCE = 120.0
"""Seconds for what is looked at every half minute."""


def test_an_operator_starts_anew_without_a_namespace_that_goes(helm: Helm, tmp_path: Path) -> None:
    listed = ["going", "staying"]
    values = {"image": IMAGE, "rbac": {"mode": "Namespaces", "namespaces": listed}}

    with released(helm, values, tmp_path, namespaces=listed) as installation:
        exit_code, said = asyncio.run(lose_namespace(installation, tmp_path))

    assert exit_code == 0
    assert "Other namespaces can be served than before" in said
    assert "Namespace going is left out" in said
    assert said.count("The operator is up.") == 2


async def lose_namespace(installation: Installation, folder: Path) -> tuple[int | None, str]:
    """Delete a listed namespace; how the operator ended, and what it said by its next start."""
    kubeconfig = await installation.plane.kubeconfig_for_service_account(NAMESPACE, ACCOUNT)
    environment = environment_of(installation.manifests)
    operator = OperatorProcess(kubeconfig, folder, environment=environment)
    async with operator:
        await installation.kubectl("delete", "namespace", "going")

        async def has_ended() -> bool:
            return operator.exit_code is not None

        await until(has_ended, within=PATIENCE)
        exit_code = operator.exit_code
    async with operator:
        return exit_code, operator.output
