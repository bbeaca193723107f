"""Defines the topics, their retention, and the topic and key of each stream.

At start, `messaging.topics_admin` creates the topics and checks them. The relay calls `topic_of`
and `key_of`.
"""

from dataclasses import dataclass

from slipway.contracts.ids import category_of, id_of, subscription_of

MAX_RECORD_BYTES = 5 * 1024 * 1024
"""Larger than the largest webhook that the edge accepts (4 MiB), so that every webhook fits
(H20)."""

FOREVER = -1


@dataclass(frozen=True)
class Topic:
    name: str
    retention_ms: int = FOREVER
    partitions: int = 6


WEBHOOKS = Topic("webhooks", retention_ms=30 * 24 * 3600 * 1000)
DELIVERIES = Topic("deliveries")
SUBSCRIPTIONS = Topic("subscriptions")
VPS = Topic("vps")
INCIDENTS = Topic("incidents")
PROBES = Topic("probes")
COMMANDS = Topic("commands")
FEEDBACK = Topic("feedback")
DEAD_LETTERS = Topic("dead_letters")
HEARTBEATS = Topic("heartbeats", retention_ms=2 * 24 * 3600 * 1000)

ALL = (
    WEBHOOKS,
    DELIVERIES,
    SUBSCRIPTIONS,
    VPS,
    INCIDENTS,
    PROBES,
    COMMANDS,
    FEEDBACK,
    DEAD_LETTERS,
    HEARTBEATS,
)

_BY_CATEGORY = {
    "delivery": DELIVERIES,
    "silence": DELIVERIES,
    "subscription": SUBSCRIPTIONS,
    "writeback": SUBSCRIPTIONS,
    "vps": VPS,
    "location": VPS,
    "account": VPS,
    "brake": VPS,
    "inventory": VPS,
    "expectation": INCIDENTS,
    "incident": INCIDENTS,
    "notification": INCIDENTS,
    "probe": PROBES,
    "feedback": FEEDBACK,
    "deadletter": DEAD_LETTERS,
    "command": COMMANDS,
    "refusal": COMMANDS,
    "heartbeat": HEARTBEATS,
}


def topic_of(stream: str) -> Topic | None:
    """Returns the topic of a stream. Returns None for a stream that is not published."""
    return _BY_CATEGORY.get(category_of(stream))


def key_of(stream: str) -> str:
    """Returns the Kafka key of the stream's records.

    This is the id of the stream's subscription. If the stream has none, it is the stream's own id.
    """
    category, id_ = category_of(stream), id_of(stream)
    if category == "vps":
        return subscription_of(id_)
    if category in {"subscription", "writeback"}:
        return id_
    return stream
