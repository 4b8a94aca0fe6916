"""The registry behind Harbor, which keeps the content of blobs and manifests."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import ClientConnectionError, ClientResponse, ClientSession, ClientTimeout
from yarl import URL

from testbed.harbor.artifact_state import Artifact
from testbed.harbor.errors import internal_error


@dataclass(slots=True)
class Storage:
    """A client of a distribution registry without authentication; `url` is None for none."""

    url: str | None
    _session: ClientSession | None = field(default=None)

    async def start(self) -> None:
        """Opens the connections."""
        self._session = ClientSession(auto_decompress=False, timeout=ClientTimeout(total=None))

    async def stop(self) -> None:
        """Closes them."""
        if self._session is not None:
            await self._session.close()

    def ask(
        self,
        method: str,
        path: str | URL,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | AsyncIterator[bytes] | None = None,
    ) -> AbstractAsyncContextManager[ClientResponse]:
        """The registry's answer, unread.

        Raises:
            ClientError: there is no registry, or it does not answer.
        """
        if self.url is None or self._session is None:
            raise ClientConnectionError("there is no registry behind this Harbor")
        url = URL(self.url).join(URL(path) if isinstance(path, str) else path)
        return self._session.request(method, url, headers=headers, data=data, allow_redirects=False)

    async def blob(self, repository: str, digest: str) -> bytes | None:
        """The content of a blob, None if the registry does not have it."""
        async with self.ask("GET", f"/v2/{repository}/blobs/{digest}") as response:
            return await response.read() if response.ok else None

    async def put_blob(self, repository: str, content: bytes) -> None:
        """Stores a blob.

        Raises:
            HarborError: 500, the registry refused.
        """
        async with self.ask("POST", f"/v2/{repository}/blobs/uploads/") as begun:
            _require(begun, HTTPStatus.ACCEPTED)
            place = URL(begun.headers["Location"], encoded=True)
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        async with self.ask("PUT", place.update_query(digest=digest), data=content) as ended:
            _require(ended, HTTPStatus.CREATED)

    async def put_manifest(
        self, repository: str, digest: str, content: bytes, media_type: str
    ) -> None:
        """Stores a manifest whose parts are there.

        Raises:
            HarborError: 500, the registry refused.
        """
        path = f"/v2/{repository}/manifests/{digest}"
        headers = {"Content-Type": media_type}
        async with self.ask("PUT", path, headers=headers, data=content) as written:
            _require(written, HTTPStatus.CREATED)

    async def copy(self, source: str, target: str, artifact: Artifact) -> None:
        """Makes a manifest and its parts available in another repository.

        Args:
            source: The full name of the repository that has them.
            target: That of the other one.
            artifact: What the manifest is; those that an index names must be there.

        Raises:
            HarborError: 500, the registry refused.
        """
        for part in artifact.blobs.keys() - {artifact.digest}:
            path = f"/v2/{target}/blobs/uploads/?mount={part}&from={source}"
            async with self.ask("POST", URL(path, encoded=True)) as mounted:
                _require(mounted, HTTPStatus.CREATED)
        content = await self.manifest(source, artifact)
        media_type = artifact.manifest_media_type
        await self.put_manifest(target, artifact.digest, content, media_type)

    async def manifest(self, repository: str, artifact: Artifact) -> bytes:
        """The content of an artifact's manifest.

        Raises:
            HarborError: 500, the registry does not have it.
        """
        path = f"/v2/{repository}/manifests/{artifact.digest}"
        # A registry hides a manifest from who does not name its type.
        headers = {"Accept": artifact.manifest_media_type}
        async with self.ask("GET", path, headers=headers) as read:
            _require(read, HTTPStatus.OK)
            return await read.read()


def _require(response: ClientResponse, status: HTTPStatus) -> None:
    # A registry that cannot mount a blob begins an upload instead, which is no error for it.
    if response.status != status:
        raise internal_error()
