"""The cluster that a demo or an end-to-end run works on: the user's own, or one of ours."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import aiohttp

from testbed.control_plane.api import open_api
from testbed.control_plane.plane import ControlPlane
from testbed.control_plane.programs import locate_programs
from testbed.errors import WorldError

KUBECONFIG_VARIABLE = "KUBECONFIG"


class Cluster(Protocol):
    """What is needed of a cluster, whoever runs it."""

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""

    async def stop(self) -> None:
        """Give the cluster back; one of our own ends."""


@dataclass(frozen=True, slots=True)
class ExistingCluster:
    """A cluster that was there before us and stays after us."""

    kubeconfig: Path

    async def stop(self) -> None:
        """Leave the cluster as it is."""


async def open_cluster(environment: Mapping[str, str] = os.environ) -> Cluster:
    """The cluster that `KUBECONFIG` names, else a started control plane of our own.

    The programs of our own come from `KUBEBUILDER_ASSETS` when it is set.

    Raises:
        WorldError: the named cluster cannot be reached, or our own could not be started.
    """
    if named := environment.get(KUBECONFIG_VARIABLE):
        return await _reach(_existing_file(named))
    plane = ControlPlane(programs=await locate_programs(environment))
    await plane.start()
    return plane


def _existing_file(named: str) -> Path:
    if not (path := Path(named)).is_file():
        raise WorldError(f"{KUBECONFIG_VARIABLE} must name one file, and {named} is none")
    return path


async def _reach(kubeconfig: Path) -> ExistingCluster:
    try:
        async with open_api(kubeconfig) as api:
            await api.get("/version")
    except aiohttp.ClientError as failure:
        raise WorldError(
            f"the cluster that {KUBECONFIG_VARIABLE} names does not answer ({failure}); "
            "unset the variable to get a cluster of the testbed's own"
        ) from failure
    return ExistingCluster(kubeconfig)
