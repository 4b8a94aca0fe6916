"""A replica of the operator that can be stopped in the middle of whatever it does, and go on."""

import os
import signal
from pathlib import Path

from testbed.tools.waiting import until
from tests.support.operator_process import OperatorProcess

END_SECONDS = 10.0
"""Far more than a process needs that ends where it stands."""


class FreezableOperator(OperatorProcess):
    """One of several replicas; its name is in all that it asks of Harbor."""

    def __init__(
        self,
        name: str,
        kubeconfig: Path,
        folder: Path,
        *settings: str,
        module: str = "harbor_operator",
    ) -> None:
        """Describe how to run it.

        Args:
            name: What tells it from the other replicas.
            kubeconfig: Whom it is in the cluster; another one for each replica.
            folder: Where its output is kept; another one for each replica.
            settings: Further flags.
            module: What is run, where it is not the operator as users have it.
        """
        super().__init__(kubeconfig, folder, f"--instance={name}", *settings, module=module)
        self.name = name

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._child is not None and self._child.exit_code is None

    def freeze(self) -> None:
        """Stop it as a suspended machine or a starved node would."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on, as if nothing had been."""
        os.kill(self.pid, signal.SIGCONT)

    async def ended(self) -> int | None:
        """Wait until it ends by itself; its exit code."""

        async def has_ended() -> bool:
            return self.exit_code is not None

        await until(has_ended, within=END_SECONDS)
        return self.exit_code
