"""The registry behind Harbor, which keeps the content of blobs and manifests."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import ClientConnectionError, ClientResponse, ClientSession, ClientTimeout
from yarl import URL

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

    async def copy(self, source: str, target: str, blobs: Mapping[str, int], digest: str) -> None:
        """Makes a manifest and its parts available in another repository.

        Args:
            source: The full name of the repository that has them.
            target: That of the other one.
            blobs: The digests of the parts, among which the manifest's own may be.
            digest: The manifest's.

        Raises:
            HarborError: 500, the registry refused.
        """
        for part in blobs.keys() - {digest}:
            path = f"/v2/{target}/blobs/uploads/?mount={part}&from={source}"
            async with self.ask("POST", URL(path, encoded=True)) as mounted:
                _require(mounted, HTTPStatus.CREATED)
        manifest = f"/v2/{source}/manifests/{digest}"
        async with self.ask("GET", manifest, headers={"Accept": "*/*"}) as read:
            _require(read, HTTPStatus.OK)
            media_type = read.headers["Content-Type"]
            content = await read.read()
        await self.put_manifest(target, digest, content, media_type)


def _require(response: ClientResponse, status: HTTPStatus) -> None:
    # A registry that cannot mount a blob begins an upload instead, which is no error for it.
    if response.status != status:
        raise internal_error()
