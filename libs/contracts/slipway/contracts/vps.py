"""Topic `vps`: the life of each VPS, from the wish to its proof, and what people order.

`vps_operations` has what lies in between, `vps_fleet` locations, accounts, brake and
inventory; all can be had from here. A Vps stream is `vps-<subscription>-<n>`. Events never carry
imperatives: what to do next follows from desired and observed (the provisioner's `operation.py`).
"""

from pydantic import AwareDatetime

from slipway.contracts.vps_fleet import (
    AccountPaused,
    AccountProbed,
    AccountProofFailed,
    AccountProven,
    AccountResumed,
    BrakeEngaged,
    BrakeReset,
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
    Desired,
    Fault,
    FaultKind,
    FaultScope,
    OperationKind,
    SourceVersion,
    Spec,
    VpsEvent,
)

__all__ = [
    "AccountPaused",
    "AccountProbed",
    "AccountProofFailed",
    "AccountProven",
    "AccountResumed",
    "AttemptAccepted",
    "AttemptFailed",
    "AttemptOutcomeUnknown",
    "AttemptStarted",
    "BrakeEngaged",
    "BrakeReset",
    "CreationRequested",
    "DeletionRequested",
    "Desired",
    "DesiredStateChanged",
    "EntitlementConfirmed",
    "Fault",
    "FaultKind",
    "FaultScope",
    "InventoryFailed",
    "InventoryRecovered",
    "LocationFound",
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
    "VpsHoldLifted",
    "VpsIgnored",
    "VpsReady",
    "VpsReleased",
    "VpsRequested",
    "VpsResumed",
    "VpsSuspended",
    "WithholdingEnded",
]


class VpsRequested(VpsEvent):
    """First entitlement: the spec is frozen, the stream begins."""

    TYPE = "slipway.vps.requested.v1"

    spec: Spec
    spec_hash: str
    contact_id: str | None = None


class DesiredStateChanged(VpsEvent):
    """Desired changed, or its times did. One per wanted change: reporting counts tasks from it."""

    TYPE = "slipway.vps.desired-state-changed.v1"

    desired: Desired
    source: SourceVersion
    plan: str
    reason: str
    desired_since: AwareDatetime | None = None
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
    by_admin: bool = False


class VpsSuspended(VpsEvent):
    """Proven off."""

    TYPE = "slipway.vps.suspended.v1"

    operation_id: str
    provider_id: str
    contact_id: str | None = None
    by_admin: bool = False


class VpsResumed(VpsEvent):
    """Proven on again."""

    TYPE = "slipway.vps.resumed.v1"

    operation_id: str
    provider_id: str
    ipv4: str | None
    contact_id: str | None = None
    by_admin: bool = False


class VpsDeleted(VpsEvent):
    """Proven gone, in a proven account; or never made (provider_id None)."""

    TYPE = "slipway.vps.deleted.v1"

    operation_id: str | None
    provider_id: str | None
    generation: int
    contact_id: str | None = None
    by_admin: bool = False


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


class DeletionRequested(VpsEvent):
    """A person asked for the deletion; the keys still turn unless `overridden`."""

    TYPE = "slipway.vps.deletion-requested.v1"

    command_id: str
    actor: str
    reason: str
    overridden: bool


class CreationRequested(VpsEvent):
    """A person asked for the server to be made (again), past parking, drift or the brake."""

    TYPE = "slipway.vps.creation-requested.v1"

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
