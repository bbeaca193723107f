"""Reads and decompresses a request's body, within limits.

The limits are on the size, the time to read and the number of large bodies. Large bodies need one
of a few slots, so that slow senders can't use up the memory or block the edge. Small bodies need
little memory even if they arrive slowly, so their number has no limit here. `webhook` calls it.
"""

import asyncio
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import ClientDisconnect, Request

from slipway.contracts.topics import MAX_RECORD_BYTES

MAX_BODY_BYTES = 4 * 1024 * 1024
"""Limit of a body. It is below Kafka's limit (5 MiB), so an accepted body fits (H20)."""

MAX_STORED_BYTES = MAX_RECORD_BYTES - 64 * 1024
"""Limit of a stored body, which may be a little longer after its secret was removed."""

_MAX_DRAINED_BYTES = 4 * MAX_BODY_BYTES
"""A longer body is read up to this limit, because a sender reads no answer before the end."""

_LARGE_BYTES = 64 * 1024
_MAX_LARGE = 32

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
"""With this value, zlib detects the format by the first bytes."""


class TooLarge(Exception):
    """The body exceeds the limit. The answer is 413, because a retry would not help."""


class RetryLater(Exception):
    """The body is incomplete, or too many requests are in progress. The sender should retry."""


class BodyReader:
    def __init__(self, *, timeout_seconds: float = 15.0, max_large: int = _MAX_LARGE) -> None:
        self._timeout_seconds = timeout_seconds
        self._max_large = max_large
        self._large = 0

    async def read(self, request: Request) -> bytes:
        """Returns the body as it was sent. Raises TooLarge and RetryLater."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._read_all(request)
        except (ClientDisconnect, TimeoutError) as error:
            raise RetryLater("the body did not arrive completely") from error

    async def _read_all(self, request: Request) -> bytes:
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > _MAX_DRAINED_BYTES:
            raise TooLarge
        chunks: list[bytes] = []
        size = 0
        stream = request.stream()
        async for chunk in stream:
            size += len(chunk)
            chunks.append(chunk)
            if size > _LARGE_BYTES:
                break
        else:
            return b"".join(chunks)
        with self._slot():
            async for chunk in stream:
                size += len(chunk)
                if size > _MAX_DRAINED_BYTES:
                    raise TooLarge
                if size <= MAX_BODY_BYTES:
                    chunks.append(chunk)
        if size > MAX_BODY_BYTES:
            raise TooLarge
        return b"".join(chunks)

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if self._large >= self._max_large:
            raise RetryLater("too many large bodies at once")
        self._large += 1
        try:
            yield
        finally:
            self._large -= 1


def decompressed(body: bytes, encoding: str | None) -> bytes:
    """Returns the decompressed body, or the body itself if it is not compressed as `encoding` says.

    Raises TooLarge, because a small body may decompress to gigabytes.
    """
    if encoding is None or encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        return body
    decompressor = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        content = decompressor.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error:
        return body
    if len(content) > MAX_BODY_BYTES:
        raise TooLarge
    return content if decompressor.eof else body
