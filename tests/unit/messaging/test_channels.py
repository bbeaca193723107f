"""Each topic is declared once with its message classes, and FastStream reads them as such."""

from typing import Any

import pytest
from faststream.kafka import TestKafkaBroker
from slipway.contracts.codec import REGISTRY
from slipway.contracts.envelope import Message
from slipway.contracts.topics import ALL, WEBHOOKS, Topic
from slipway.messaging.asyncapi import document
from slipway.messaging.channels import (
    DESCRIPTIONS,
    declared_broker,
    messages_on,
    topic_named_in,
)

from tests.support.builders import golden_files

TYPED = [topic for topic in ALL if topic is not WEBHOOKS]


def test_every_topic_says_what_is_published_on_it() -> None:
    assert set(DESCRIPTIONS) == set(ALL)


@pytest.mark.parametrize("type_", sorted(REGISTRY))
def test_every_type_names_a_topic_that_exists(type_: str) -> None:
    assert topic_named_in(type_) in {topic.name for topic in ALL}


@pytest.mark.parametrize(
    ("topic", "cls"),
    [pytest.param(topic, cls, id=cls.__name__) for topic in TYPED for cls in messages_on(topic)],
)
async def test_a_typed_subscriber_receives_what_was_published(
    topic: Topic, cls: type[Message]
) -> None:
    broker, received = declared_broker(), []
    message_type: Any = cls

    @broker.subscriber(topic.name)
    async def receive(message: message_type) -> None:
        received.append(message)

    sent = cls.model_validate(golden_files.read(cls.TYPE))
    async with TestKafkaBroker(broker) as kafka:
        await kafka.publish(sent, topic.name)
    assert received == [sent]


def test_the_document_has_a_message_with_headers_and_key_for_every_type() -> None:
    found = document()["components"]["messages"].values()
    named = {message["name"]: message for message in found if "name" in message}
    assert set(named) == set(REGISTRY)
    assert all("headers" in message and "bindings" in message for message in named.values())
