"""What a Vps stream means so far: wanted, the server as last proven, at most one operation.

`evolution` builds it from events; `vps` and its tables decide on it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import TypedDict

from slipway.contracts.vps import (
    AttemptStep,
    Desired,
    Drift,
    Fault,
    OperationKind,
    SourceVersion,
    Spec,
    WithheldReason,
)
from slipway.eventstore.answered_commands import NONE_ANSWERED, AnsweredCommands


class EventIds(TypedDict):
    """What every event of a Vps stream begins with, typed: mypy checks each `**` of it."""

    vps_id: str
    subscription_id: str
    location_id: str
    decided_at: datetime


class Power(StrEnum):
    ON = "on"
    OFF = "off"
    UNKNOWN = "unknown"


class Outcome(Enum):
    """Of the provider's actions that belong to the attempt."""

    RUNNING = auto()
    DONE = auto()
    FAILED = auto()


@dataclass(frozen=True)
class Wanted:
    desired: Desired
    plan: str
    since: datetime | None
    suspend_at: datetime | None
    delete_at: datetime | None
    seq: int
    """The stream's version at which this was said (H21)."""
    correlation_id: str | None
    traceparent: str | None


@dataclass(frozen=True)
class Server:
    """The machine at the provider that is ours."""

    provider_id: str
    generation: int
    name: str
    power: Power
    ready: bool = False
    """Once proven ready: somebody may have data on it."""
    ipv4: str | None = None


@dataclass(frozen=True)
class Waiting:
    """The next attempt goes out at this time."""

    until: datetime


@dataclass(frozen=True)
class Calling:
    """An attempt may be on its way; nobody else touches this VPS meanwhile (H4)."""

    attempt: int
    step: AttemptStep
    not_after: datetime
    region: str | None = None


@dataclass(frozen=True)
class Watching:
    """The provider took it; what it shows is read until it is proven."""

    attempt: int
    step: AttemptStep
    since: datetime
    lookups: int = 0
    poll_at: datetime | None = None
    """None: soon, at the worker's pace."""
    action_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Doubting:
    """No answer to be believed: only looking, never a second call (H14)."""

    step: AttemptStep
    since: datetime
    lookups: int
    poll_at: datetime
    by_hand: bool = False
    """A person said that it is done; one look decides."""
    fault: Fault | None = None
    """Why the answer can't be believed; None where a person said so."""

    @property
    def sent(self) -> bool:
        """Whether a call of ours may have reached the provider."""
        return self.fault is not None and self.fault.sent


@dataclass(frozen=True)
class AskingRelease:
    """The first key is turned; ingest asks GHL for the second (H3)."""

    nonce: str
    requested_at: datetime
    asks: int
    first_asked_at: datetime
    stalled: bool = False
    """GHL could not say for too long, and people know: they may turn it; GHL is asked on."""


@dataclass(frozen=True)
class Parked:
    fault: Fault


Phase = Waiting | Calling | Watching | Doubting | AskingRelease | Parked


@dataclass(frozen=True)
class Key:
    """The second key, turned."""

    requested_at: datetime
    by_admin: bool


@dataclass(frozen=True)
class Operation:
    id: str
    kind: OperationKind
    generation: int
    name: str
    phase: Phase
    attempts: int = 0
    """Of this operation in all: the number of the latest attempt."""
    failures: int = 0
    """Its own, since it began or a person retried it."""
    setbacks: int = 0
    """By what seemed the whole account's fault, since the provider last took a call."""
    region: int = 0
    """Which of the spec's regions is next."""
    key: Key | None = None
    by_admin: bool = False
    acknowledged: bool = False
    """The provider took a deletion: a later 404 is its proof."""
    discarding: bool = False
    """The server came out broken and is being deleted; the next generation follows."""
    adopting: str | None = None
    """The server that a person named to be this VPS."""

    @property
    def at_rest(self) -> bool:
        """A person was told, and nothing of it can be on its way to the provider."""
        phase = self.phase
        return isinstance(phase, Parked) or (isinstance(phase, AskingRelease) and phase.stalled)


@dataclass(frozen=True)
class Withheld:
    kind: OperationKind
    reason: WithheldReason
    retry_at: datetime | None


@dataclass(frozen=True)
class Order:
    """A person ordered the deletion; it holds until the entitlement wants something new."""

    overridden: bool


@dataclass(frozen=True)
class Vps:
    vps_id: str = ""
    subscription_id: str = ""
    location_id: str = ""
    contact_id: str | None = None
    spec: Spec | None = None
    source: SourceVersion | None = None
    wanted: Wanted | None = None
    server: Server | None = None
    generation: int = 0
    """The highest one used."""
    operation: Operation | None = None
    withheld: Withheld | None = None
    order: Order | None = None
    creation_ordered: bool = False
    decrease: int | None = None
    """The quantity that no longer covers this VPS, referred to a person (H16)."""
    held: bool = False
    ignored: bool = False
    drifts: tuple[Drift, ...] = ()
    discarded: int = 0
    """Servers that came out broken, since the last that came out well."""
    answered: AnsweredCommands = NONE_ANSWERED
    """The latest command ids: twice sent is once done (H21)."""
    seq: int = 0
    at: datetime | None = None
    """The latest time that an event brought along."""

    @property
    def exists(self) -> bool:
        return self.seq > 0

    def ids(self, now: datetime) -> EventIds:
        """What every event of this stream begins with."""
        return {
            "vps_id": self.vps_id,
            "subscription_id": self.subscription_id,
            "location_id": self.location_id,
            "decided_at": now,
        }
