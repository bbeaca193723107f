"""Declares the inboxes of a service, that is, what it consumes. `consumer` runs the inboxes."""

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
    """Unchanged by a restart, so that a killed process immediately gets its partitions back."""


@dataclass(frozen=True)
class Inbox:
    """Handles each event separately. `group` begins with the service's name.

    An event may be delivered again, so each handler must ignore repeated events, for example by
    their version.
    """

    group: str
    topics: Sequence[Topic]
    handle: Handle
    concurrency: int = 16
    wants: tuple[type[Message], ...] = (Message,)
    """The handled types. Other known types are ignored, even behind a dead letter (H32)."""


@dataclass(frozen=True)
class RawInbox:
    """Handles records as bytes, in batches. A whole batch may be delivered again."""

    group: str
    topic: Topic
    handle_batch: HandleBatch


@dataclass(frozen=True)
class ViewInbox:
    """Writes every event of the topics to views, which store their own offsets."""

    group: str
    topics: Sequence[Topic]
    views: Views


AnyInbox = Inbox | RawInbox | ViewInbox
