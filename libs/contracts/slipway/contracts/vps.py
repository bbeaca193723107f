"""Topic `vps`: the desired state of each VPS, its confirmed state, and the requests of admins.

Also exports the events of `vps_operations` and those of `vps_fleet` (locations, accounts, brake and
inventory). A Vps stream is named `vps-<subscription>-<n>`. No event tells the provisioner what to
do. It derives the next operation from the desired and the observed state.
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
    SwitchOnRequested,
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
    "SwitchOnRequested",
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
    """The first entitlement of the VPS arrived. Each of its servers is built from this `spec`."""

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
    """Earliest time to power off: the end of a grace, or the date that the server is paid for. None
    means immediately."""
    delete_at: AwareDatetime | None = None
    """Earliest time to delete, if desired is `absent`. None means immediately."""
    correlation_id: str | None = None
    """Correlation id of the delivery that led to this event. Events of later work carry it too."""
    traceparent: str | None = None
    """Trace context of that delivery, so that later steps continue the same trace."""

    _within_reach = field_validator("desired_since", "suspend_at", "delete_at")(within_reach)


class EntitlementConfirmed(VpsEvent):
    """A newer entitlement has the same desired state.

    Recorded so that an entitlement older than this one can't be applied later (H2).
    """

    TYPE = "slipway.vps.entitlement-confirmed.v1"

    source: SourceVersion


class VpsReady(VpsEvent):
    """A read at the provider confirmed that the server exists, is ours and is powered on."""

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
    """A read at the provider confirmed that the server is powered off."""

    TYPE = "slipway.vps.suspended.v1"

    operation_id: str
    provider_id: str
    contact_id: str | None = None
    by_admin: bool = False


class VpsResumed(VpsEvent):
    """A read at the provider confirmed that the server is powered on again."""

    TYPE = "slipway.vps.resumed.v1"

    operation_id: str
    provider_id: str
    ipv4: str | None
    contact_id: str | None = None
    by_admin: bool = False


class VpsDeleted(VpsEvent):
    """A read at the provider confirmed that the server is gone, or no server was ever created."""

    TYPE = "slipway.vps.deleted.v1"

    operation_id: str | None
    provider_id: str | None
    """None if no server was ever created."""
    generation: int
    contact_id: str | None = None
    by_admin: bool = False


class VpsHeld(AdminVpsEvent):
    """An admin put a hold on the VPS. Slipway changes nothing of it until the hold is released."""

    TYPE = "slipway.vps.held.v1"


class VpsHoldReleased(AdminVpsEvent):
    TYPE = "slipway.vps.hold-released.v1"


class DeletionRequested(AdminVpsEvent):
    """An admin asked for the deletion. GHL must still confirm it unless `overridden`."""

    TYPE = "slipway.vps.deletion-requested.v1"

    overridden: bool


class CreationRequested(AdminVpsEvent):
    """An operator asked to create the server. Parking, drift and brake do not prevent it."""

    TYPE = "slipway.vps.creation-requested.v1"


class ServerAdopted(AdminVpsEvent):
    """An admin chose this existing server as the server of the VPS."""

    TYPE = "slipway.vps.server-adopted.v1"

    provider_id: str


class VpsIgnored(AdminVpsEvent):
    """An admin decided that Slipway never manages this VPS."""

    TYPE = "slipway.vps.ignored.v1"


class VpsDrifted(VpsEvent):
    """The server differs from the stream's state, and Slipway did not change the server."""

    TYPE = "slipway.vps.drifted.v1"

    drift: Drift
    provider_id: str | None = None


class VpsDriftEnded(VpsEvent):
    TYPE = "slipway.vps.drift-ended.v1"

    drift: Drift


class QuantityDecreaseReferred(VpsEvent):
    """The quantity fell while every VPS is in use. An operator chooses the VPS to delete (H16)."""

    TYPE = "slipway.vps.quantity-decrease-referred.v1"

    quantity: int
