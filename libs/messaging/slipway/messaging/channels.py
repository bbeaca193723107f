"""Declares all topics, with the message classes that are published on each, for FastStream.

`asyncapi` generates the document of all topics from this declaration. Consumers and producers do
not use FastStream's serialization, because it is slow (`docs/decisions/0016-one-kafka-loop.md`).
"""

from collections.abc import Mapping
from typing import Any, Union

from faststream.kafka import KafkaBroker

from slipway.contracts.codec import REGISTRY
from slipway.contracts.commands import CommandRefused
from slipway.contracts.envelope import Message
from slipway.contracts.topics import (
    ALL,
    COMMANDS,
    DEAD_LETTERS,
    DELIVERIES,
    FEEDBACK,
    HEARTBEATS,
    INCIDENTS,
    PROBES,
    SUBSCRIPTIONS,
    VPS,
    WEBHOOKS,
    Topic,
)

DESCRIPTIONS: Mapping[Topic, str] = {
    WEBHOOKS: "From ingest's edge: authentic webhooks as GHL sent them, kept for 30 days.",
    DELIVERIES: "From ingest: what became of each webhook, and which locations fell silent.",
    SUBSCRIPTIONS: "From ingest: what each subscription is entitled to, as GHL's own record shows.",
    VPS: "From the provisioner: every VPS, its operations and proofs, accounts, brake, inventory.",
    INCIDENTS: "From the notifier: expectations, incidents and notifications.",
    PROBES: "From the notifier: whether the portal answered, one verdict per time slot.",
    COMMANDS: "From reporting: what admins decided; and refusals whose target does not exist.",
    FEEDBACK: "From reporting: how satisfied admins are.",
    DEAD_LETTERS: "From every service: records it could not handle, until an operator decides.",
    HEARTBEATS: "From every process, every five seconds, kept for two days.",
}
_ANSWER_COMMANDS = (DELIVERIES, SUBSCRIPTIONS, VPS, INCIDENTS)
"""Topics on which a service also refuses commands, in the stream of the command's target."""


def messages_on(topic: Topic) -> tuple[type[Message], ...]:
    """Returns the topic's message classes, sorted by type.

    There are none for the topic `webhooks`, whose bodies are raw bytes.
    """
    found = [cls for type_, cls in sorted(REGISTRY.items()) if topic_named_in(type_) == topic.name]
    return (*found, CommandRefused) if topic in _ANSWER_COMMANDS else tuple(found)


def topic_named_in(type_: str) -> str:
    """Returns the name of the topic on which messages of this type are published.

    For example, `slipway.dead-letters.opened.v1` is published on `dead_letters`.
    """
    return type_.split(".")[1].replace("-", "_")


def payload_of(topic: Topic) -> Any:
    """Returns the type of a record's body: a union of message classes, or bytes."""
    classes = messages_on(topic)
    return Union[classes] if classes else bytes  # noqa: UP007 - made at run time


def declared_broker(kafka_url: str = "localhost:9092") -> KafkaBroker:
    """Returns a broker with one typed publisher per topic. The broker is not connected."""
    broker = KafkaBroker(kafka_url)
    for topic in ALL:
        broker.publisher(
            topic.name, schema=payload_of(topic), title=topic.name, description=DESCRIPTIONS[topic]
        )
    return broker
