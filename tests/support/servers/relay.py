"""A relay over real MongoDB with a fake Kafka, which a test holds, delays or fails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from slipway.eventstore.relay import Relay

NAMESPACE = "test"


class FakeKafka:
    """Takes records like Kafka's producer, and fails while `closed` is set."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.keys: list[bytes] = []
        self.closed = False
        self.refused: set[bytes] = set()
        """Keys whose records it refuses."""
        self.held: dict[str, asyncio.Event] = {}
        """By event id: the record arrives only after its asyncio.Event is set."""
        self.tries = 0

    async def produce(
        self, topic: str, key: bytes, value: bytes, headers: list[tuple[str, bytes]]
    ) -> None:
        self.tries += 1
        await asyncio.sleep(0)
        if self.closed or key in self.refused:
            raise ConnectionError("no broker")
        id_ = dict(headers)["ce_id"].decode()
        if id_ in self.held:
            await self.held[id_].wait()
        assert topic.startswith(f"{NAMESPACE}.")
        assert value.startswith(b"{")
        self.keys.append(key)
        self.taken.append(id_)

    async def all_of(self, *ids: str) -> bool:
        return set(ids) <= set(self.taken)


def relay_on(database: AsyncIOMotorDatabase[Any], kafka: FakeKafka, owner: str = "one") -> Relay:
    return Relay(database, kafka.produce, service="test", owner=owner, namespace=NAMESPACE)


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[None]:
    """Runs the relay, and cancels it at the end, as a kill would."""
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def saved_position_covers(database: AsyncIOMotorDatabase[Any], stream: str) -> bool:
    place = await database["relay"].find_one({"_id": "position"}) or {}
    document = await database["streams"].find_one({"_id": stream}) or {}
    return bool(place.get("appended_at", 0) and place["appended_at"] >= document["appended_at"])


async def expire_lease(database: AsyncIOMotorDatabase[Any]) -> None:
    """Ends the lease of a dead relay at once."""
    await database["relay"].update_one({"_id": "position"}, {"$set": {"lease": None}})
