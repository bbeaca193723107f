"""The words of topic `vps`: wishes, kinds of operations and faults, specs. Read on in `vps`."""

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
    """What a fault stops: this operation alone, or everything at that region or account."""

    OPERATION = "operation"
    REGION = "region"
    ACCOUNT = "account"


class SourceVersion(BaseModel):
    """Which Subscription event a decision came from; newer is a greater (epoch, version) (H2)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    epoch: int
    version: int


class Spec(BaseModel):
    """What to build, resolved once and frozen in the stream (H11)."""

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
    """What went wrong, without secrets or bodies."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: FaultKind
    scope: FaultScope = FaultScope.OPERATION
    code: str
    """The provider's word for it."""
    message: str
    """A sentence for people."""
    sent: bool = True
    """Whether the provider may have seen the request."""


class VpsEvent(Event):
    vps_id: str
    subscription_id: str
    location_id: str
    at: AwareDatetime | None = None
    """When it was decided: the fold knows no other time, and "due at once" needs one."""
