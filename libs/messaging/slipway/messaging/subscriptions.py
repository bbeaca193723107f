"""How a service says what it takes from Kafka, and as whom. `consumer` runs them."""

from collections.abc import Sequence
from dataclasses import dataclass

from slipway.contracts.envelope import Message
from slipway.contracts.topics import Topic
from slipway.messaging.batch import Handle, HandleBatch
from slipway.messaging.offsets import Views


@dataclass(frozen=True)
class Member:
    """A process as its groups know it."""

    service: str
    instance: str
    """Kept over restarts, so that a killed process has its partitions back at once; not shared."""


@dataclass(frozen=True)
class Inbox:
    """Each event by itself; `group` begins with the service's name.

    An event may come again, so each handler says whether it needs the next version or the newest.
    """

    group: str
    topics: Sequence[Topic]
    handle: Handle
    concurrency: int = 16
    wants: tuple[type[Message], ...] = (Message,)
    """Of what else it knows, it takes nothing: skipped unread, behind a dead letter too (H32)."""


@dataclass(frozen=True)
class RawInbox:
    """Records as bytes, a batch at a time; the whole batch may come again."""

    group: str
    topic: Topic
    handle_batch: HandleBatch


@dataclass(frozen=True)
class ViewInbox:
    """Every event of the topics, written to views that store their own offsets."""

    group: str
    topics: Sequence[Topic]
    views: Views


AnyInbox = Inbox | RawInbox | ViewInbox
