"""Has an image scanned where that is wanted, and reads what was found."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.clock import now
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.promoting.model import Place
from harbor_operator.cli.scan_report.listing import Listed
from harbor_operator.cli.scan_report.model import Allowlist, ScannedArtifact, ScanState
from harbor_operator.cli.scan_report.reading import ScanReader
from harbor_operator.harbor import ArtifactPart, HarborClient
from harbor_operator.harbor.errors import Conflict, InvalidRequest, PreconditionFailed

PAUSE_SECONDS: Final = 1.0
"""Between two looks at a scan, which takes some seconds at least."""
_WITHOUT_RESULT: Final = frozenset(
    {ScanState.UNSCANNED, ScanState.FAILED, ScanState.PARTIAL, ScanState.RUNNING}
)


@dataclass(frozen=True, slots=True)
class Scanning:
    """How scans are read.

    Attributes:
        client: The way to Harbor.
        registry: Host and port that its images are named by.
        seconds: How long to wait for a scan that is started where there is no result; None to
            start none.
        step: Called after each look.
    """

    client: HarborClient
    registry: str
    seconds: float | None
    step: Callable[[], None]

    async def read(self, place: Place, digest: str, allowlist: Allowlist) -> ScannedArtifact:
        """What was found in an image; as far as it is known when the time is over.

        Args:
            place: Where the image is.
            digest: The image.
            allowlist: The one to judge by, which need not be that of its project.

        Raises:
            CommandError: The login may not read it, or Harbor cannot scan it.
            HarborError: Harbor failed.
        """
        found = await self._look(place, digest, allowlist)
        if self.seconds is None or found.state not in _WITHOUT_RESULT:
            return found
        await self._start(place, digest)
        with suppress(TimeoutError):
            async with asyncio.timeout(self.seconds):
                await self._wait(place, digest)
        return await self._look(place, digest, allowlist)

    async def _start(self, place: Place, digest: str) -> None:
        try:
            await self.client.scans.start(place.project, place.repository, digest)
        except Conflict:
            return  # one is under way, and serves as well
        except (PreconditionFailed, InvalidRequest) as error:
            raise CommandError(f"Harbor does not scan it: {error}", ExitCode.NOT_SO) from None

    async def _wait(self, place: Place, digest: str) -> None:
        while True:
            overview = await self.client.scans.overview(place.project, place.repository, digest)
            self.step()
            if overview is not None and overview.status.final:
                return
            await asyncio.sleep(PAUSE_SECONDS)

    async def _look(self, place: Place, digest: str, allowlist: Allowlist) -> ScannedArtifact:
        artifact = await self.client.artifacts.get(
            place.project, place.repository, digest, parts=(ArtifactPart.SCAN_OVERVIEW,)
        )
        lists = {place.project: allowlist}
        reader = ScanReader(self.client, self.registry, lists, now(), self.step)
        [found] = await reader.read([Listed(place.project, place.repository, artifact, digest)])
        return found
