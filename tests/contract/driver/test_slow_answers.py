"""What every driver promises when a provider is slow: other calls go on, and every call ends."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import pytest
from slipway.provisioner.providers.driver import (
    OutcomeUnknown,
    ProviderDriver,
    ProviderProblem,
    TryLater,
)
from slipway.simulators.cloud import FaultKind as Strikes
from slipway.simulators.cloud import Operation

from tests.support.dsl.driver import DriverCase, called, soon
from tests.support.servers.drivers import SPEC, impatient
from tests.support.servers.simulated_cloud import Served


async def test_many_slow_calls_neither_wait_for_each_other_nor_for_the_loops_own_threads(
    case: DriverCase,
) -> None:
    """The loop's default pool has six threads on two cores; name resolution needs them."""
    id_ = await case.made()
    case.arm(Strikes.SLOW, Operation.GET, count=None, seconds=60)
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1))
    slow = [asyncio.create_task(case.driver.get(id_)) for _ in range(20)]
    await case.until_held(20)
    await asyncio.to_thread(lambda: None)
    assert not any(one.done() for one in slow)
    case.release()
    assert all(await asyncio.gather(*slow))


async def test_a_hanging_account_delays_no_other(case: DriverCase) -> None:
    id_, other = await case.made(), case.connect(case.served)
    case.arm(Strikes.SLOW, Operation.GET, count=40, seconds=60)
    hanging = [asyncio.create_task(case.driver.get(id_)) for _ in range(40)]
    await case.until_held(20)
    await other.find(called())
    assert not any(one.done() for one in hanging)
    case.release()
    await asyncio.gather(*hanging)


@asynccontextmanager
async def _dripping() -> AsyncIterator[str]:
    """An answer that never ends: it sends one byte now and then."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0.05)

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def _call(driver: ProviderDriver, name: str) -> None:
    if name == "create":
        await driver.create(SPEC, called(), "fsn1", soon())
    else:
        await driver.get("1")


@pytest.mark.parametrize(("name", "cls"), [("create", OutcomeUnknown), ("get", TryLater)])
async def test_an_answer_that_never_completes_is_ended_by_the_time_out(
    case: DriverCase, name: str, cls: type[ProviderProblem]
) -> None:
    """Otherwise each such call keeps a worker's slot for ever, and a few of them block all work."""
    async with _dripping() as url:
        driver = impatient(Served(case.served.cloud, case.served.clock, url))
        async with asyncio.timeout(60):
            with pytest.raises(cls):
                await _call(driver, name)
