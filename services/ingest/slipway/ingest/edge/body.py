"""A request's body, whole and unpacked, within limits of size, time and number; for `webhook`.

Small bodies cost little however slowly they come, so they are not counted. Large ones share a few
places: neither memory nor the edge is anybody's to hold by sending slowly.
"""

import asyncio
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import ClientDisconnect, Request

from slipway.contracts.topics import MAX_RECORD_BYTES

MAX_BODY_BYTES = 4 * 1024 * 1024
"""Below what topic, producer and broker take (5 MiB): an accepted body always fits (H20)."""

MOST_KEPT_BYTES = MAX_RECORD_BYTES - 64 * 1024
"""A body without its secret may have been written anew, and differ in length a little."""

_DRAINED_BYTES = 4 * MAX_BODY_BYTES
"""A sender reads no answer while it still writes, so a little too much is read and dropped."""

_LARGE_BYTES = 64 * 1024
_MOST_LARGE = 32

_EITHER_ZIP = 32 + zlib.MAX_WBITS
"""Of gzip and zlib, whichever the first bytes show."""


class TooLarge(Exception):
    """Above the limit for good: 413."""


class NotNow(Exception):
    """It never came whole, or too many large ones are on their way: send it again."""


class Bodies:
    def __init__(self, *, patience_seconds: float = 15.0, most_large: int = _MOST_LARGE) -> None:
        self._patience_seconds = patience_seconds
        self._most_large = most_large
        self._large = 0

    async def read(self, request: Request) -> bytes:
        """As it came over the wire. Raises TooLarge and NotNow."""
        try:
            async with asyncio.timeout(self._patience_seconds):
                return await self._whole(request)
        except (ClientDisconnect, TimeoutError) as error:
            raise NotNow("the body never came whole") from error

    async def _whole(self, request: Request) -> bytes:
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > _DRAINED_BYTES:
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
        with self._place():
            async for chunk in stream:
                size += len(chunk)
                if size > _DRAINED_BYTES:
                    raise TooLarge
                if size <= MAX_BODY_BYTES:
                    chunks.append(chunk)
        if size > MAX_BODY_BYTES:
            raise TooLarge
        return b"".join(chunks)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if self._large >= self._most_large:
            raise NotNow("too many large bodies at once")
        self._large += 1
        try:
            yield
        finally:
            self._large -= 1


def unpacked(body: bytes, coding: str | None) -> bytes:
    """What a compressed body holds; the body itself where it is not compressed or no such thing.

    Raises TooLarge: a small body may hold gigabytes.
    """
    if coding is None or coding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        return body
    opening = zlib.decompressobj(_EITHER_ZIP)
    try:
        held = opening.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error:
        return body
    if len(held) > MAX_BODY_BYTES:
        raise TooLarge
    return held if opening.eof else body
