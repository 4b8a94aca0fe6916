"""Starts what is missing, plays the demo, and takes everything down again.

`ONCE=1` ends by itself, with status 0 where all was as promised; otherwise it stays up until
Ctrl-C. `KUBECONFIG` and `HARBOR_URL` with `HARBOR_USERNAME` and `HARBOR_PASSWORD` (and
`HARBOR_CA_FILE` where a private authority signed its certificate) name a cluster and a Harbor to
play on; what is not named is started.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping

import aiohttp

from testbed.demo.progress import rows_of, watch_until_ready
from testbed.demo.proof import ROTATE, prove
from testbed.demo.samples import Cast, adapted, cast_of, custom_resources, read_samples
from testbed.demo.screen import Screen
from testbed.demo.setting import Setting, open_setting
from testbed.errors import WorldError
from testbed.tools.build import find_kubectl
from testbed.tools.child import Child

_INTERRUPTED = 130
"""What shells report of a program that Ctrl-C ended."""


async def play(environment: Mapping[str, str], screen: Screen) -> None:
    """Play the demo; without `ONCE` it ends by being cancelled.

    Raises:
        WorldError: something could not be started, or is not as promised.
    """
    async with open_setting(environment, screen) as setting:
        try:
            await _play(setting, stay=environment.get("ONCE", "") in {"", "0"})
        except WorldError:
            screen.plain(f"The operator's last lines:\n{setting.operator.tail()}")
            raise


async def _play(setting: Setting, *, stay: bool) -> None:
    screen = setting.screen
    manifests = adapted(read_samples(), setting.harbor)
    cast, ours = cast_of(manifests), custom_resources(manifests)
    screen.title("The samples of deploy/samples, and what the operator makes of them")
    for manifest in manifests:
        await setting.footprint.apply(manifest)
    await watch_until_ready(setting, ours)
    screen.title("The proof, with crane as the client")
    await prove(setting, cast)
    screen.title("All objects")
    screen.table(await rows_of(setting, ours))
    if stay:
        await _stay(setting, cast)


async def _stay(setting: Setting, cast: Cast) -> None:
    kubectl = await find_kubectl()
    robot = cast.pull_robot["metadata"]
    in_namespace = f"{kubectl} -n {robot['namespace']}"
    setting.screen.title("It stays up until Ctrl-C; try")
    setting.screen.plain(
        f"  export KUBECONFIG={setting.kubeconfig.resolve()}\n"
        f"  {kubectl} get harbor -A -o wide\n"
        f"  {in_namespace} get hrobot {robot['name']} -o yaml\n"
        f'  {in_namespace} annotate --overwrite hrobot {robot["name"]} {ROTATE}="$(date +%s)"\n'
        f"  {kubectl} get events -A --watch\n"
        f"  tail -f {setting.operator.errors}"
    )
    await _until_interrupted(setting.operator)


async def _until_interrupted(operator: Child) -> None:
    """Wait for Ctrl-C, which is how a demo that stays up ends; complain if the operator ends."""
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            operator.require_running()
            await asyncio.sleep(1)


def _cancel_on_signal(task: "asyncio.Task[None]") -> None:
    """Take down in order at the first signal; another one ends us at once, as signals do."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)

    def cancel() -> None:
        for number in numbers:
            loop.remove_signal_handler(number)
        task.cancel()

    for number in numbers:
        loop.add_signal_handler(number, cancel)


def _explanations(error: BaseException) -> list[str]:
    """What to tell a person about an error that the world can bring about; raises any other."""
    if isinstance(error, BaseExceptionGroup):
        return [text for part in error.exceptions for text in _explanations(part)]
    if isinstance(error, WorldError):
        return [str(error)]
    if isinstance(error, aiohttp.ClientError):
        return [f"a connection failed: {error}"]
    raise error


async def _run(environment: Mapping[str, str], screen: Screen) -> int:
    playing = asyncio.create_task(play(environment, screen))
    _cancel_on_signal(playing)
    await asyncio.wait([playing])
    if playing.cancelled():
        screen.step("Stopped")
        return _INTERRUPTED
    if error := playing.exception():
        for text in _explanations(error):
            screen.failed(text)
        return 1
    screen.proven("All was as promised")
    return 0


def main() -> int:
    """Run the demo on standard output."""
    return asyncio.run(_run(os.environ, Screen(sys.stdout)))


if __name__ == "__main__":
    sys.exit(main())
