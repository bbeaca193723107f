"""Sends prepared HTTP requests over kept connections with as little CPU time as possible.

The sender shares two cores with the measured processes, and a full HTTP client would be slower
than they are.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

_LINES = 32
_IDLE_SECONDS = 2.0
"""Shorter than the time after which a server closes an idle connection (uvicorn: five seconds)."""


class NotTaken(Exception):
    """An answer other than 200, which makes the result meaningless."""


@dataclass(frozen=True)
class BurstResult:
    """The result of sending as fast as the receiver answers."""

    per_second: float
    answer_ms: Sequence[float]


class _Line:
    """One connection with one request at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._used_at = 0.0
        self._writer: asyncio.StreamWriter | None = None

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._used_at = time.perf_counter()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    async def send(self, request: bytes) -> None:
        if self._writer is None or time.perf_counter() - self._used_at > _IDLE_SECONDS:
            self.close()
            await self.open()
        assert self._writer is not None  # noqa: S101 - opened above
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        _, _, rest = head.lower().partition(b"content-length:")
        body = await self._reader.readexactly(int(rest.partition(b"\r\n")[0] or 0))
        if not head.startswith(b"HTTP/1.1 200"):
            raise NotTaken(f"{head.splitlines()[0].decode()}: {body[:200].decode()}")
        self._used_at = time.perf_counter()


async def send_burst(port: int, requests: Sequence[bytes]) -> BurstResult:
    """Sends on all connections. Each sends its next request after the answer to the last."""
    waiting = iter(requests)
    answer_ms: list[float] = []

    async def keep_sending(line: _Line) -> None:
        for request in waiting:
            began = time.perf_counter()
            await line.send(request)
            answer_ms.append((time.perf_counter() - began) * 1000)

    async with _lines(port) as lines:
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for line in lines:
                group.create_task(keep_sending(line))
        took = time.perf_counter() - began
    return BurstResult(len(requests) / took, answer_ms)


async def send_paced(port: int, requests: Sequence[bytes], per_second: float) -> list[float]:
    """Sends at fixed times, however slow the answers are. Returns the times (`time.time()`)."""
    sent_at = [0.0] * len(requests)

    async def send(number: int, free: asyncio.Queue[_Line]) -> None:
        # Taken before a connection is free: for a customer, a waiting request is sent already.
        sent_at[number] = time.time()
        line = await free.get()
        await line.send(requests[number])
        free.put_nowait(line)

    async with _lines(port) as lines:
        free: asyncio.Queue[_Line] = asyncio.Queue()
        for line in lines:
            free.put_nowait(line)
        async with asyncio.TaskGroup() as group:
            began = time.perf_counter()
            for number in range(len(requests)):
                due = began + number / per_second
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                group.create_task(send(number, free))
    return sent_at


@asynccontextmanager
async def _lines(port: int) -> AsyncIterator[list[_Line]]:
    lines = [_Line(port) for _ in range(_LINES)]
    try:
        for line in lines:
            await line.open()
        yield lines
    finally:
        for line in lines:
            line.close()
