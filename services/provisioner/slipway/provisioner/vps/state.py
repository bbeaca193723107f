"""The state of a Vps stream: desired state, known server and current operation.

`evolve` builds the state from events. `decider` and its modules use it for their decisions.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import TypedDict

from slipway.contracts.vps import (
    Desired,
    Drift,
    OperationKind,
    SourceVersion,
    Spec,
    WithheldReason,
)
from slipway.eventstore.answered_commands import NONE_ANSWERED, AnsweredCommands
from slipway.provisioner.vps.operation.state import Operation


class EventIds(TypedDict):
    """The first fields of every event of a Vps stream."""

    vps_id: str
    subscription_id: str
    location_id: str
    decided_at: datetime


class Power(StrEnum):
    ON = "on"
    OFF = "off"
    UNKNOWN = "unknown"


class ActionStatus(Enum):
    """The status of the provider's actions that belong to one attempt."""

    RUNNING = auto()
    DONE = auto()
    FAILED = auto()


@dataclass(frozen=True)
class DesiredState:
    desired: Desired
    plan: str
    since: datetime | None
    suspend_at: datetime | None
    delete_at: datetime | None
    version: int
    """The stream's version at which this was decided (H21)."""
    correlation_id: str | None
    traceparent: str | None

    def is_paid_for(self, now: datetime) -> bool:
        """Returns whether the customer cancelled and has paid for the time until `suspend_at`.

        Until then the customer has a server (H45).
        """
        if self.desired is not Desired.ABSENT or self.suspend_at is None:
            return False
        return now < self.suspend_at


@dataclass(frozen=True)
class KnownServer:
    """The server of this VPS, as the stream's events describe it."""

    provider_id: str
    generation: int
    name: str
    power: Power
    ready: bool = False
    """True once a poll showed the server as ready. Since then it may hold a customer's data."""
    ipv4: str | None = None


@dataclass(frozen=True)
class Withheld:
    kind: OperationKind
    reason: WithheldReason
    retry_at: datetime | None


@dataclass(frozen=True)
class DeletionRequest:
    """An admin's request to delete the server. It is valid until the desired state changes."""

    overridden: bool
    command_id: str = ""
    """Answered once more if GHL contradicts the deletion."""


@dataclass(frozen=True)
class Vps:
    vps_id: str = ""
    subscription_id: str = ""
    location_id: str = ""
    contact_id: str | None = None
    spec: Spec | None = None
    source: SourceVersion | None = None
    desired_state: DesiredState | None = None
    server: KnownServer | None = None
    replaced: KnownServer | None = None
    """The missing server, until the first call of its re-creation."""
    generation: int = 0
    """The highest generation used so far."""
    operation: Operation | None = None
    withheld: Withheld | None = None
    deletion_request: DeletionRequest | None = None
    creation_requested: bool = False
    absence_proven: bool = False
    """`VpsDeleted` was recorded since the desired state last changed."""
    referred_quantity: int | None = None
    """The quantity that no longer covers this VPS, referred to an operator (H16)."""
    held: bool = False
    ignored: bool = False
    drifts: tuple[Drift, ...] = ()
    discarded_servers: int = 0
    """Number of broken servers since the last good one."""
    answered: AnsweredCommands = NONE_ANSWERED
    """Ids of the commands answered so far, so that a repeated command is answered once (H21)."""
    version: int = 0
    decided_at: datetime | None = None
    """`decided_at` of the latest event that has one."""

    @property
    def exists(self) -> bool:
        return self.version > 0

    def is_paid_for(self, now: datetime) -> bool:
        """Returns whether a cancelled customer has paid for now. False if an admin deletes it."""
        wanted = self.desired_state
        return wanted is not None and self.deletion_request is None and wanted.is_paid_for(now)

    def event_ids(self, now: datetime) -> EventIds:
        return {
            "vps_id": self.vps_id,
            "subscription_id": self.subscription_id,
            "location_id": self.location_id,
            "decided_at": now,
        }
