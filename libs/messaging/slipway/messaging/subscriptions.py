"""How a service declares what it consumes, and under which name. `consumer` runs the inboxes."""

from collections.abc import Sequence
from dataclasses import dataclass

from slipway.contracts.envelope import Message
from slipway.contracts.topics import Topic
from slipway.messaging.batch import Handle, HandleBatch
from slipway.messaging.offsets import Views


@dataclass(frozen=True)
class Member:
    """A process as a member of its consumer groups."""

    service: str
    instance: str
    """Kept over restarts, so that a killed process gets its partitions back at once."""


@dataclass(frozen=True)
class Inbox:
    """Handles each event on its own; `group` begins with the service's name.

    An event may come again, so each handler says whether it needs the next or the newest version.
    """

    group: str
    topics: Sequence[Topic]
    handle: Handle
    concurrency: int = 16
    wants: tuple[type[Message], ...] = (Message,)
    """Other known types are skipped unread, also behind a dead letter (H32)."""


@dataclass(frozen=True)
class RawInbox:
    """Handles records as bytes, a batch at a time; the whole batch may come again."""

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
