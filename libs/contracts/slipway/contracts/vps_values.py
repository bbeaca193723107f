"""Values of topic `vps`: desired states, kinds of operations, steps, faults, specs.

The events in `vps`, `vps_operations` and `vps_fleet` use them.
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
    """The call to the provider that an attempt makes. An attempt makes only one call."""

    CREATE = "create"
    ADOPT = "adopt"
    POWER_ON = "power_on"
    POWER_OFF = "power_off"
    DELETE = "delete"


class WithheldReason(StrEnum):
    """Why a due operation may not be sent yet."""

    OBSERVE = "observe"
    """The location is in mode `observe` (H29)."""
    ACCOUNT_PAUSED = "account-paused"
    """The provider account is paused, or its sentinel was not found (H5, H31)."""
    CREATIONS_PAUSED = "creations-paused"
    """A limit or a missing catalogue entry stops all creations that need it (H37)."""
    BRAKE = "brake"
    """The safety brake granted no permit (H17)."""


class Drift(StrEnum):
    """How the server at the provider differs from the stream's state."""

    MISSING = "missing"
    POWERED_OFF = "powered-off"
    POWERED_ON = "powered-on"
    LABELS_CHANGED = "labels-changed"
    DUPLICATE = "duplicate"


class LocationMode(StrEnum):
    OBSERVE = "observe"
    """Slipway decides which operations are due but sends none of them (H29)."""
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
    """Whether a fault concerns one operation, some creations, or every operation of the account."""

    OPERATION = "operation"
    CREATIONS = "creations"
    """All creations of the account with the same need: room below a limit, or a catalogue entry."""
    ACCOUNT = "account"


class SourceVersion(BaseModel):
    """The version of an entitlement, that is, of its Subscription event.

    Newer means a greater (epoch, version).
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    epoch: int
    version: int


class Spec(BaseModel):
    """How to build the server. Read from specs.yaml once and then stored in the stream (H11)."""

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
    """When the event was decided. `evolve` reads no clock, so it takes the current time from
    here."""


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
