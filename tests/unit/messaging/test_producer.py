"""A producer that breaks for good is replaced once, and sends in the meantime wait for it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka.errors import KafkaTimeoutError, OutOfOrderSequenceNumber
from slipway.messaging.producer import Producer

from tests.support.dsl.waiting import eventually


class Client:
    """Stands for the Kafka client: what it sent, and what it raises."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.problem = problem
        self.sent: list[bytes] = []
        self.open = False
        self.may_open = asyncio.Event()
        self.may_open.set()

    async def start(self) -> None:
        await self.may_open.wait()
        self.open = True

    async def stop(self) -> None:
        self.open = False

    async def send_and_wait(self, _topic: str, value: bytes, **_more: Any) -> None:
        assert self.open
        await asyncio.sleep(0)
        if self.problem is not None:
            raise self.problem
        self.sent.append(value)


class Scripted(Producer):
    def __init__(self, *clients: Client) -> None:
        super().__init__("nowhere:1", "test", "tests")
        self.clients: Iterator[Client] = iter(clients)

    def _new(self) -> Client:
        return next(self.clients)


async def test_after_a_permanent_error_a_new_client_replaces_the_old_one() -> None:
    broken, fresh = Client(OutOfOrderSequenceNumber()), Client()
    fresh.may_open.clear()
    producer = Scripted(broken, fresh)
    await producer.start()
    failing = [asyncio.create_task(producer.produce("t", None, b"x", [])) for _ in range(3)]

    async def broken_let_go() -> bool:
        return producer._client is not broken

    await eventually(broken_let_go)
    meanwhile = asyncio.create_task(producer.produce("t", None, b"y", []))
    await asyncio.sleep(0)
    fresh.may_open.set()
    outcomes = await asyncio.gather(*failing, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {OutOfOrderSequenceNumber}
    await meanwhile
    assert fresh.sent == [b"y"]
    assert not broken.open
    assert next(producer.clients, None) is None


async def test_a_transient_error_keeps_the_client() -> None:
    client = Client(KafkaTimeoutError())
    producer = Scripted(client)
    await producer.start()
    with pytest.raises(KafkaTimeoutError):
        await producer.produce("t", None, b"x", [])
    client.problem = None
    await producer.produce("t", None, b"x", [])
    assert client.sent == [b"x"]
    await producer.stop()
    assert not client.open


async def test_a_send_returns_when_every_replica_has_the_record_once() -> None:
    """The client's own defaults are one replica's word, and a repeat after a lost answer."""
    client = Producer("nowhere:1", "test", "tests")._new()
    assert client._sender._acks == -1
    assert client._txn_manager is not None
    await client.stop()
