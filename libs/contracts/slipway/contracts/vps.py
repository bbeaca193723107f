"""Topic `vps`: the life of each VPS, and what surrounds it (locations, scopes, brake, inventory).

A Vps stream is `vps-<subscription>-<n>`. Events never carry imperatives: what to do next follows
from desired and observed (`operation.py` in the provisioner).
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


class VpsRequested(VpsEvent):
    """First entitlement: the spec is frozen, the stream begins."""

    TYPE = "slipway.vps.requested.v1"

    spec: Spec
    spec_hash: str
    contact_id: str | None = None


class VpsWanted(VpsEvent):
    """Desired changed, or its times did. One per wanted change: reporting counts tasks from it."""

    TYPE = "slipway.vps.wanted.v1"

    desired: Desired
    source: SourceVersion
    plan: str
    reason: str
    wanted_since: AwareDatetime | None = None
    """GHL's own time of the start or change."""
    suspend_at: AwareDatetime | None = None
    """Desired suspended, or absent with a hold: switch off not before this time; None at once."""
    delete_at: AwareDatetime | None = None
    """Desired absent: delete not before this time; None at once."""
    correlation_id: str | None = None
    """Of the delivery that led here: due work long after it still belongs to it."""
    traceparent: str | None = None
    """The same for the trace, so that a due step needs no second read to continue it."""


class EntitlementConfirmed(VpsEvent):
    """A newer entitlement wants the same: noted, so that an older one can't come back (H2)."""

    TYPE = "slipway.vps.entitlement-confirmed.v1"

    source: SourceVersion


class OperationStarted(VpsEvent):
    """Appended before the first call: what will be called how, under which labels."""

    TYPE = "slipway.vps.operation-started.v1"

    operation_id: str
    kind: OperationKind
    generation: int
    external_name: str
    labels: dict[str, str]
    due_from: AwareDatetime | None = None
    """When this became due (the hold's end, the grace's end, GHL's own time of the start)."""
    adopting: str | None = None
    """The existing server that a person named to be this VPS."""


class AttemptStarted(VpsEvent):
    """Appended before each call to the provider (H4)."""

    TYPE = "slipway.vps.attempt-started.v1"

    operation_id: str
    attempt: int
    step: str
    """`create`, `power_off`, `power_on`, `delete`, …: what goes out."""
    region: str | None = None
    not_after: AwareDatetime


class AttemptAccepted(VpsEvent):
    """The provider took it; its actions are being watched."""

    TYPE = "slipway.vps.attempt-accepted.v1"

    operation_id: str
    attempt: int
    step: str
    provider_id: str | None = None
    action_ids: tuple[str, ...] = ()


class AttemptFailed(VpsEvent):
    """A clear no, or nothing sent. `retry_at` None: the last attempt, or a region is next."""

    TYPE = "slipway.vps.attempt-failed.v1"

    operation_id: str
    attempt: int
    step: str
    region: str | None = None
    fault: Fault
    retry_at: AwareDatetime | None = None


class AttemptOutcomeUnknown(VpsEvent):
    """No answer that can be believed: look up first, never a second create (H14)."""

    TYPE = "slipway.vps.attempt-outcome-unknown.v1"

    operation_id: str
    attempt: int
    step: str
    fault: Fault
    look_at: AwareDatetime


class ServerLookedUp(VpsEvent):
    """A look-up for an unknown outcome: found (then adopted) or not seen yet."""

    TYPE = "slipway.vps.server-looked-up.v1"

    operation_id: str
    provider_id: str | None = None
    looks: int
    """How many spaced look-ups found nothing so far."""
    look_at: AwareDatetime | None = None


class ServerFailed(VpsEvent):
    """The server exists but came out broken: it is deleted and the next generation is made."""

    TYPE = "slipway.vps.server-failed.v1"

    operation_id: str
    provider_id: str
    generation: int
    fault: Fault


class ServerDiscarded(VpsEvent):
    """The broken server is proven gone; the next generation follows."""

    TYPE = "slipway.vps.server-discarded.v1"

    operation_id: str
    provider_id: str
    generation: int


class VpsReady(VpsEvent):
    """Proven by read-back: exists, ours, powered on."""

    TYPE = "slipway.vps.ready.v1"

    operation_id: str
    provider_id: str
    generation: int
    ipv4: str | None
    ipv6: str | None = None
    region: str | None = None
    contact_id: str | None = None
    by_person: bool = False


class VpsSuspended(VpsEvent):
    """Proven off."""

    TYPE = "slipway.vps.suspended.v1"

    operation_id: str
    provider_id: str
    contact_id: str | None = None
    by_person: bool = False


class VpsResumed(VpsEvent):
    """Proven on again."""

    TYPE = "slipway.vps.resumed.v1"

    operation_id: str
    provider_id: str
    ipv4: str | None
    contact_id: str | None = None
    by_person: bool = False


class VpsDeleted(VpsEvent):
    """Proven gone, in a proven account; or never made (provider_id None)."""

    TYPE = "slipway.vps.deleted.v1"

    operation_id: str | None
    provider_id: str | None
    generation: int
    contact_id: str | None = None
    by_person: bool = False


class OperationParked(VpsEvent):
    """This VPS waits for a person; every other goes on."""

    TYPE = "slipway.vps.operation-parked.v1"

    operation_id: str
    kind: OperationKind
    fault: Fault
    attempts: int


class OperationRetried(VpsEvent):
    """A person had a parked operation tried again."""

    TYPE = "slipway.vps.operation-retried.v1"

    operation_id: str
    command_id: str
    actor: str
    reason: str


class OperationResolvedByHand(VpsEvent):
    """A person did it at the provider; the next look-up proves it."""

    TYPE = "slipway.vps.operation-resolved-by-hand.v1"

    operation_id: str
    command_id: str
    actor: str
    reason: str


class OperationOvertaken(VpsEvent):
    """No longer wanted before it was done (cancelled while creating, paid while suspending)."""

    TYPE = "slipway.vps.operation-overtaken.v1"

    operation_id: str
    kind: OperationKind


class OperationWithheld(VpsEvent):
    """What would be done, were the location in `act` (H29), or were the brake not on (H17)."""

    TYPE = "slipway.vps.operation-withheld.v1"

    kind: OperationKind
    why: str
    """`observe`, `brake`, `held`, `scope-paused`."""
    retry_at: AwareDatetime | None = None


class WithholdingEnded(VpsEvent):
    """What withheld the operation is over: it is due now."""

    TYPE = "slipway.vps.withholding-ended.v1"

    why: str


class ReleaseRequested(VpsEvent):
    """The first key: ingest, ask GHL whether this customer is really gone (H3)."""

    TYPE = "slipway.vps.release-requested.v1"

    nonce: str
    requested_at: AwareDatetime


class ReleaseAnswered(VpsEvent):
    """The second key came back for this nonce."""

    TYPE = "slipway.vps.release-answered.v1"

    nonce: str
    answer: str
    """`gone`, `paying`, `unknown`."""
    source: SourceVersion


class ReleaseStalled(VpsEvent):
    """Unknown for too long: only a person releases now."""

    TYPE = "slipway.vps.release-stalled.v1"

    since: AwareDatetime


class VpsReleased(VpsEvent):
    """A person turned the second key."""

    TYPE = "slipway.vps.released.v1"

    command_id: str
    actor: str
    reason: str


class VpsHeld(VpsEvent):
    """Nothing of this VPS is touched until the hold is lifted."""

    TYPE = "slipway.vps.held.v1"

    command_id: str | None = None
    actor: str
    reason: str


class VpsHoldLifted(VpsEvent):
    TYPE = "slipway.vps.hold-lifted.v1"

    command_id: str
    actor: str
    reason: str


class DeletionOrdered(VpsEvent):
    """A person asked for the deletion; the keys still turn unless `overridden`."""

    TYPE = "slipway.vps.deletion-ordered.v1"

    command_id: str
    actor: str
    reason: str
    overridden: bool


class CreationOrdered(VpsEvent):
    """A person asked for the server to be made (again), past parking, drift or the brake."""

    TYPE = "slipway.vps.creation-ordered.v1"

    command_id: str
    actor: str
    reason: str


class ServerAdopted(VpsEvent):
    """A person said that this existing server is the VPS."""

    TYPE = "slipway.vps.server-adopted.v1"

    command_id: str
    actor: str
    reason: str
    provider_id: str


class VpsIgnored(VpsEvent):
    """A person said that Slipway never manages this one."""

    TYPE = "slipway.vps.ignored.v1"

    command_id: str
    actor: str
    reason: str


class VpsDrifted(VpsEvent):
    """The provider shows something else than the stream proved: somebody acted behind our back."""

    TYPE = "slipway.vps.drifted.v1"

    drift: str
    """`missing`, `powered-off`, `powered-on`, `labels-changed`, `duplicate`."""
    provider_id: str | None = None


class VpsDriftEnded(VpsEvent):
    TYPE = "slipway.vps.drift-ended.v1"

    drift: str


class QuantityDecreaseReferred(VpsEvent):
    """The quantity fell and every VPS is in use: a person chooses which goes (H16)."""

    TYPE = "slipway.vps.quantity-decrease-referred.v1"

    quantity: int


class LocationFound(Event):
    """First entitlement of a location: it starts in `observe` (H29)."""

    TYPE = "slipway.vps.location-found.v1"

    location_id: str
    mode: str


class LocationModeSet(Event):
    TYPE = "slipway.vps.location-mode-set.v1"

    location_id: str
    mode: str
    command_id: str
    actor: str
    reason: str


class ScopePaused(Event):
    """One fault stops a whole account or region: one incident, a probe now and then (H31)."""

    TYPE = "slipway.vps.scope-paused.v1"

    scope_id: str
    """`<provider>/<account>` or `<provider>/<account>/<region>`."""
    fault: Fault
    next_probe_at: AwareDatetime


class ScopeProbed(Event):
    """Probed, still bad."""

    TYPE = "slipway.vps.scope-probed.v1"

    scope_id: str
    fault: Fault
    next_probe_at: AwareDatetime


class ScopeResumed(Event):
    """A probe succeeded: everything that waited is due now."""

    TYPE = "slipway.vps.scope-resumed.v1"

    scope_id: str


class SentinelOrdered(Event):
    """A location began to act: the account gets the key by which it is known again (H5)."""

    TYPE = "slipway.vps.sentinel-ordered.v1"

    scope_id: str
    sentinel: str
    at: AwareDatetime


class AccountProven(Event):
    """The sentinel of this installation was seen: absences may be believed (H5)."""

    TYPE = "slipway.vps.account-proven.v1"

    scope_id: str
    sentinel: str


class AccountDoubted(Event):
    """The sentinel is not there: a swapped token or a wrong project. No absence is believed."""

    TYPE = "slipway.vps.account-doubted.v1"

    scope_id: str
    next_probe_at: AwareDatetime | None = None


class PermitGranted(Event):
    """One suspension, deletion or re-creation may go out (H17)."""

    TYPE = "slipway.vps.permit-granted.v1"

    vps_id: str
    operation_id: str
    kind: OperationKind
    at: AwareDatetime
    window_seconds: float = 3600.0
    """How long it counts."""


class BrakeEngaged(Event):
    """Too much destruction in the window; latched until a person resets it."""

    TYPE = "slipway.vps.brake-engaged.v1"

    vps_id: str
    permits_in_window: int
    allowed: int
    window_seconds: float


class BrakeReset(Event):
    TYPE = "slipway.vps.brake-reset.v1"

    command_id: str
    actor: str
    reason: str


class ServerOrphaned(Event):
    """A server with our installation label that no stream knows; a person decides."""

    TYPE = "slipway.vps.server-orphaned.v1"

    scope_id: str
    provider_id: str
    name: str


class OrphanGone(Event):
    TYPE = "slipway.vps.orphan-gone.v1"

    scope_id: str
    provider_id: str


class InventoryFailed(Event):
    """The provider's list could not be read whole; nothing was concluded from it."""

    TYPE = "slipway.vps.inventory-failed.v1"

    scope_id: str
    fault: Fault


class InventoryRecovered(Event):
    TYPE = "slipway.vps.inventory-recovered.v1"

    scope_id: str
