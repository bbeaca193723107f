"""Topic `vps`: what surrounds the VPSs: locations, accounts, the brake, the provider's list."""

from pydantic import AwareDatetime

from slipway.contracts.envelope import Event
from slipway.contracts.vps_values import (
    Fault,
    OperationKind,
)


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


class AccountPaused(Event):
    """One fault stops a whole account or region: one incident, a probe now and then (H31)."""

    TYPE = "slipway.vps.account-paused.v1"

    account_id: str
    """`<provider>/<account>` or `<provider>/<account>/<region>`."""
    fault: Fault
    next_probe_at: AwareDatetime


class AccountProbed(Event):
    """Probed, still bad."""

    TYPE = "slipway.vps.account-probed.v1"

    account_id: str
    fault: Fault
    next_probe_at: AwareDatetime


class AccountResumed(Event):
    """A probe succeeded: everything that waited is due now."""

    TYPE = "slipway.vps.account-resumed.v1"

    account_id: str


class SentinelRequested(Event):
    """A location began to act: the account gets the key by which it is known again (H5)."""

    TYPE = "slipway.vps.sentinel-requested.v1"

    account_id: str
    sentinel: str
    at: AwareDatetime


class AccountProven(Event):
    """The sentinel of this installation was seen: absences may be believed (H5)."""

    TYPE = "slipway.vps.account-proven.v1"

    account_id: str
    sentinel: str


class AccountProofFailed(Event):
    """The sentinel is not there: a swapped token or a wrong project. No absence is believed."""

    TYPE = "slipway.vps.account-proof-failed.v1"

    account_id: str
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

    account_id: str
    provider_id: str
    name: str


class OrphanGone(Event):
    TYPE = "slipway.vps.orphan-gone.v1"

    account_id: str
    provider_id: str


class InventoryFailed(Event):
    """The provider's list could not be read whole; nothing was concluded from it."""

    TYPE = "slipway.vps.inventory-failed.v1"

    account_id: str
    fault: Fault


class InventoryRecovered(Event):
    TYPE = "slipway.vps.inventory-recovered.v1"

    account_id: str
