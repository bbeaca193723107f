"""Values of topic `vps`: desired states, kinds of operations, steps, faults, specs.

`vps`, `vps_operations` and `vps_fleet` hold the events that carry them.
"""

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from slipway.contracts.envelope import Event


class Desired(StrEnum):
    RUNNING = "running"
    SUSPENDED = "suspended"
    ABSENT = "absent"


class OperationKind(StrEnum):
    CREATE = "create"
    DELETE = "delete"
    SUSPEND = "suspend"
    RESUME = "resume"


class AttemptStep(StrEnum):
    """The one call to the provider that an attempt makes."""

    CREATE = "create"
    ADOPT = "adopt"
    POWER_ON = "power_on"
    POWER_OFF = "power_off"
    DELETE = "delete"


class WithheldReason(StrEnum):
    """Why a due operation may not go out yet."""

    OBSERVE = "observe"
    """The location is in mode `observe` (H29)."""
    ACCOUNT_PAUSED = "account-paused"
    """The provider account is paused or not proven (H5, H31)."""
    CREATIONS_PAUSED = "creations-paused"
    """A limit or a missing catalogue entry stops all creations that need it (H37)."""
    BRAKE = "brake"
    """The safety brake gave no permit (H17)."""


class Drift(StrEnum):
    """How the provider's server differs from what the stream proved."""

    MISSING = "missing"
    POWERED_OFF = "powered-off"
    POWERED_ON = "powered-on"
    LABELS_CHANGED = "labels-changed"
    DUPLICATE = "duplicate"


class LocationMode(StrEnum):
    OBSERVE = "observe"
    """Decide everything, call no provider (H29)."""
    ACT = "act"


class FaultKind(StrEnum):
    TRANSIENT = "transient"
    RATE_LIMITED = "rate_limited"
    CAPACITY = "capacity"
    QUOTA = "quota"
    AUTH = "auth"
    CONFIG = "config"
    REJECTED = "rejected"
    CONFLICT = "conflict"
    OUTCOME_UNKNOWN = "outcome_unknown"


class FaultScope(StrEnum):
    """How far a fault reaches."""

    OPERATION = "operation"
    CREATIONS = "creations"
    """All creations of the account that need the same: below a limit, or a catalogue entry."""
    ACCOUNT = "account"


class SourceVersion(BaseModel):
    """The Subscription event that a decision came from. Newer means a greater (epoch, version)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    epoch: int
    version: int


class Spec(BaseModel):
    """How to build the server. Resolved once and then frozen in the stream (H11)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    plan: str
    provider: str
    account: str
    size: str
    image: str
    regions: tuple[str, ...]
    ssh_keys: tuple[str, ...] = ()
    cloud_init: str = ""


class Fault(BaseModel):
    """A provider's failure, without secrets and without response bodies."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: FaultKind
    scope: FaultScope = FaultScope.OPERATION
    code: str
    """The provider's own error code, or Slipway's where the provider gave none."""
    message: str
    """A sentence for operators."""
    sent: bool = True
    """Whether the provider may have received the request."""


class VpsEvent(Event):
    """Base of the Vps stream's events."""

    vps_id: str
    subscription_id: str
    location_id: str
    decided_at: AwareDatetime | None = None
    """When it was decided. The fold reads no clock, so "due now" needs a time from the event."""


class AdminVpsEvent(VpsEvent):
    """Base of the events that an admin's command led to."""

    command_id: str
    actor: str
    reason: str


class AttemptEvent(VpsEvent):
    """Base of the events about one attempt of an operation."""

    operation_id: str
    attempt: int
    step: AttemptStep
