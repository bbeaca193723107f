"""Consumers over real Kafka topics, with a handler that a test controls."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from slipway.contracts import topics
from slipway.contracts.envelope import Recorded
from slipway.contracts.feedback import SatisfactionVoted
from slipway.eventstore.memory import MemoryEventStore
from slipway.messaging.consumer import Consumers, Inbox, Member, RawInbox
from slipway.messaging.producer import Producer, open_producer
from slipway.messaging.topics_admin import ensure_topics

from tests.support.builders.sample_decider import META, now


class SampleTopic:
    """Publishes votes. `heard` lists the records of the handler in their order."""

    def __init__(self, kafka_url: str, namespace: str, producer: Producer) -> None:
        self.kafka_url = kafka_url
        self.namespace = namespace
        self.producer = producer
        self.store = MemoryEventStore(now)
        self.heard: list[tuple[str, int]] = []
        self.failing: Callable[[Recorded], Exception | None] = lambda _recorded: None

    async def handle(self, recorded: Recorded) -> None:
        problem = self.failing(recorded)
        if problem is not None:
            raise problem
        assert isinstance(recorded.event, SatisfactionVoted)
        self.heard.append((recorded.event.admin, recorded.version))

    async def vote(self, admin: str, version: int) -> None:
        event = SatisfactionVoted(admin=admin, score=4, voted_at=now())
        await self.producer.publish(
            Recorded(
                stream=f"feedback-{admin}", version=version, time=now(), event=event, meta=META
            )
        )

    async def raw(self, key: str, value: bytes, headers: Sequence[tuple[str, Any]]) -> None:
        topic = f"{self.namespace}.{topics.FEEDBACK.name}"
        await self.producer.produce(topic, key.encode(), value, headers)

    def versions_of(self, admin: str) -> list[int]:
        return [version for name, version in self.heard if name == admin]

    @asynccontextmanager
    async def consuming(
        self,
        handle: Callable[[Recorded], Awaitable[None]] | None = None,
        instance: str = "one",
    ) -> AsyncIterator[Consumers]:
        inbox = Inbox("tests", [topics.FEEDBACK], handle or self.handle)
        async with self.consumers([inbox], instance) as found:
            yield found

    @asynccontextmanager
    async def consumers(
        self, inboxes: Sequence[Inbox | RawInbox], instance: str = "one"
    ) -> AsyncIterator[Consumers]:
        member = Member("tests", instance)
        found = Consumers(self.kafka_url, self.namespace, inboxes, self.store, now, member)
        await found.start()
        try:
            yield found
        finally:
            await found.stop()


@asynccontextmanager
async def sample_topic(kafka_url: str, namespace: str) -> AsyncIterator[SampleTopic]:
    await ensure_topics(kafka_url, namespace)
    producer = await open_producer(kafka_url, namespace, source="tests")
    try:
        yield SampleTopic(kafka_url, namespace, producer)
    finally:
        await producer.stop()
