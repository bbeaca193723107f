"""Topic `vps`: what is desired of each VPS, what was proven, and what admins asked for.

`vps_operations` has the events of operations, `vps_fleet` those of locations, accounts, brake and
inventory; this module exports them all. A Vps stream is named `vps-<subscription>-<n>`. Events
carry no imperatives: the provisioner derives the next operation from desired and observed.
"""

from pydantic import AwareDatetime, field_validator

from slipway.contracts.deadlines import within_reach
from slipway.contracts.vps_fleet import (
    AccountPaused,
    AccountProbed,
    AccountProofFailed,
    AccountProven,
    AccountResumed,
    AccountThrottled,
    AccountThrottleEnded,
    BrakeEngaged,
    BrakeReset,
    CreationsPaused,
    CreationsProbed,
    CreationsResumed,
    InventoryFailed,
    InventoryRecovered,
    LocationFound,
    LocationModeSet,
    OrphanGone,
    PermitGranted,
    SentinelRequested,
    ServerOrphaned,
)
from slipway.contracts.vps_operations import (
    AttemptAccepted,
    AttemptFailed,
    AttemptOutcomeUnknown,
    AttemptStarted,
    OperationParked,
    OperationResolvedManually,
    OperationRetried,
    OperationStarted,
    OperationSuperseded,
    OperationWithheld,
    ReleaseAnswered,
    ReleaseRequested,
    ReleaseStalled,
    ServerDiscarded,
    ServerFailed,
    ServerLookedUp,
    VpsReleased,
    WithholdingEnded,
)
from slipway.contracts.vps_values import (
    AdminVpsEvent,
    AttemptEvent,
    AttemptStep,
    Desired,
    Drift,
    Fault,
    FaultKind,
    FaultScope,
    LocationMode,
    OperationKind,
    SourceVersion,
    Spec,
    VpsEvent,
    WithheldReason,
)

__all__ = [
    "AccountPaused",
    "AccountProbed",
    "AccountProofFailed",
    "AccountProven",
    "AccountResumed",
    "AccountThrottleEnded",
    "AccountThrottled",
    "AdminVpsEvent",
    "AttemptAccepted",
    "AttemptEvent",
    "AttemptFailed",
    "AttemptOutcomeUnknown",
    "AttemptStarted",
    "AttemptStep",
    "BrakeEngaged",
    "BrakeReset",
    "CreationRequested",
    "CreationsPaused",
    "CreationsProbed",
    "CreationsResumed",
    "DeletionRequested",
    "Desired",
    "DesiredStateChanged",
    "Drift",
    "EntitlementConfirmed",
    "Fault",
    "FaultKind",
    "FaultScope",
    "InventoryFailed",
    "InventoryRecovered",
    "LocationFound",
    "LocationMode",
    "LocationModeSet",
    "OperationKind",
    "OperationParked",
    "OperationResolvedManually",
    "OperationRetried",
    "OperationStarted",
    "OperationSuperseded",
    "OperationWithheld",
    "OrphanGone",
    "PermitGranted",
    "QuantityDecreaseReferred",
    "ReleaseAnswered",
    "ReleaseRequested",
    "ReleaseStalled",
    "SentinelRequested",
    "ServerAdopted",
    "ServerDiscarded",
    "ServerFailed",
    "ServerLookedUp",
    "ServerOrphaned",
    "SourceVersion",
    "Spec",
    "VpsDeleted",
    "VpsDriftEnded",
    "VpsDrifted",
    "VpsEvent",
    "VpsHeld",
    "VpsHoldReleased",
    "VpsIgnored",
    "VpsReady",
    "VpsReleased",
    "VpsRequested",
    "VpsResumed",
    "VpsSuspended",
    "WithheldReason",
    "WithholdingEnded",
]


class VpsRequested(VpsEvent):
    """First entitlement: the spec is frozen, the stream begins."""

    TYPE = "slipway.vps.requested.v1"

    spec: Spec
    spec_hash: str
    contact_id: str | None = None


class DesiredStateChanged(VpsEvent):
    """The desired state or its times changed. Reporting opens a task for each of these events."""

    TYPE = "slipway.vps.desired-state-changed.v1"

    desired: Desired
    source: SourceVersion
    plan: str
    reason: str
    desired_since: AwareDatetime | None = None
    """GHL's own time of the start or change."""
    suspend_at: AwareDatetime | None = None
    """Switch off not before this time: the end of a grace, or the date that the server is paid for.
    None at once."""
    delete_at: AwareDatetime | None = None
    """Desired absent: delete not before this time; None at once."""
    correlation_id: str | None = None
    """Correlation id of the delivery that led here: due work keeps it, however late it runs."""
    traceparent: str | None = None
    """Trace context of that delivery, so that a due step continues the trace without a read."""

    _within_reach = field_validator("desired_since", "suspend_at", "delete_at")(within_reach)


class EntitlementConfirmed(VpsEvent):
    """A newer entitlement wants the same. Recorded, so that an older one can't win later (H2)."""

    TYPE = "slipway.vps.entitlement-confirmed.v1"

    source: SourceVersion


class VpsReady(VpsEvent):
    """Proven by reading it back: the server exists, is ours and is powered on."""

    TYPE = "slipway.vps.ready.v1"

    operation_id: str
    provider_id: str
    generation: int
    ipv4: str | None
    ipv6: str | None = None
    region: str | None = None
    contact_id: str | None = None
    by_admin: bool = False


class VpsSuspended(VpsEvent):
    """Proven by reading it back: the server is powered off."""

    TYPE = "slipway.vps.suspended.v1"

    operation_id: str
    provider_id: str
    contact_id: str | None = None
    by_admin: bool = False


class VpsResumed(VpsEvent):
    """Proven by reading it back: the server is powered on again."""

    TYPE = "slipway.vps.resumed.v1"

    operation_id: str
    provider_id: str
    ipv4: str | None
    contact_id: str | None = None
    by_admin: bool = False


class VpsDeleted(VpsEvent):
    """The server is proven gone in a proven account, or was never created."""

    TYPE = "slipway.vps.deleted.v1"

    operation_id: str | None
    provider_id: str | None
    """None: never created."""
    generation: int
    contact_id: str | None = None
    by_admin: bool = False


class VpsHeld(AdminVpsEvent):
    """Nothing of this VPS is changed until the hold is lifted."""

    TYPE = "slipway.vps.held.v1"


class VpsHoldReleased(AdminVpsEvent):
    TYPE = "slipway.vps.hold-released.v1"


class DeletionRequested(AdminVpsEvent):
    """An admin asked for the deletion. GHL must still confirm it unless `overridden`."""

    TYPE = "slipway.vps.deletion-requested.v1"

    overridden: bool


class CreationRequested(AdminVpsEvent):
    """An operator asked for the server to be created (again), despite parking, drift or brake."""

    TYPE = "slipway.vps.creation-requested.v1"


class ServerAdopted(AdminVpsEvent):
    """An admin said that this existing server is the VPS."""

    TYPE = "slipway.vps.server-adopted.v1"

    provider_id: str


class VpsIgnored(AdminVpsEvent):
    """An admin said that Slipway never manages this VPS."""

    TYPE = "slipway.vps.ignored.v1"


class VpsDrifted(VpsEvent):
    """The provider shows something other than the stream proved, and Slipway did not do it."""

    TYPE = "slipway.vps.drifted.v1"

    drift: Drift
    provider_id: str | None = None


class VpsDriftEnded(VpsEvent):
    TYPE = "slipway.vps.drift-ended.v1"

    drift: Drift


class QuantityDecreaseReferred(VpsEvent):
    """The quantity fell while every VPS is in use: an operator chooses which one goes (H16)."""

    TYPE = "slipway.vps.quantity-decrease-referred.v1"

    quantity: int
