"""The sender of the benchmarks: bursts, paced requests, refusals."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from benchmarks.load import NotTaken, send_burst, send_paced


@asynccontextmanager
async def listening(status: str = "200 OK") -> AsyncIterator[tuple[int, list[bytes]]]:
    """Yields a port and the bodies that it received."""
    came: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            try:
                await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            came.append(await reader.readexactly(4))
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 4\r\n\r\nkept".encode())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], came


def requests(count: int) -> list[bytes]:
    head = "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n"
    return [f"{head}{number:04}".encode() for number in range(count)]


async def test_a_burst_sends_each_request_once_and_times_each_answer() -> None:
    async with listening() as (port, came):
        pressed = await send_burst(port, requests(200))
    assert sorted(came) == [f"{number:04}".encode() for number in range(200)]
    assert len(pressed.answer_ms) == 200
    assert pressed.per_second > 0


async def test_paced_requests_are_sent_at_their_times_which_are_returned() -> None:
    async with listening() as (port, came):
        sent_at = await send_paced(port, requests(20), per_second=100)
    assert len(came) == 20
    assert sent_at == sorted(sent_at)
    assert sent_at[-1] - sent_at[0] >= 0.18


@pytest.mark.parametrize("status", ["429 Too Many Requests", "401 Unauthorized"])
async def test_a_refused_request_ends_the_benchmark(status: str) -> None:
    async with listening(status) as (port, _):
        with pytest.raises(ExceptionGroup) as refused:
            await send_burst(port, requests(3))
    assert refused.group_contains(NotTaken)
