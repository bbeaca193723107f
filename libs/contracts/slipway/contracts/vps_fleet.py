"""Topic `vps`: what surrounds the VPSs: locations, accounts, the safety brake, the inventory."""

from pydantic import AwareDatetime

from slipway.contracts.envelope import Event
from slipway.contracts.vps_values import Fault, LocationMode, OperationKind


class LocationFound(Event):
    """The first entitlement of a location came. It starts in mode `observe` (H29)."""

    TYPE = "slipway.vps.location-found.v1"

    location_id: str
    mode: LocationMode


class LocationModeSet(Event):
    TYPE = "slipway.vps.location-mode-set.v1"

    location_id: str
    mode: LocationMode
    command_id: str
    actor: str
    reason: str


class AccountPaused(Event):
    """One fault stops a whole account. Probes find out when it works again (H31)."""

    TYPE = "slipway.vps.account-paused.v1"

    account_id: str
    """`<provider>/<account>`."""
    fault: Fault
    next_probe_at: AwareDatetime


class AccountProbed(Event):
    """A probe failed; the account stays paused."""

    TYPE = "slipway.vps.account-probed.v1"

    account_id: str
    fault: Fault
    next_probe_at: AwareDatetime


class AccountResumed(Event):
    """A probe succeeded: every operation that waited for the account is due now."""

    TYPE = "slipway.vps.account-resumed.v1"

    account_id: str


class CreationsPaused(Event):
    """One cause stops all creations of the account that need the same (H37).

    Everything else of the account goes on. From time to time a waiting creation goes out as a
    probe.
    """

    TYPE = "slipway.vps.creations-paused.v1"

    account_id: str
    needs: str
    """What the creations need and do not get: `limit`, or `<size>/<image>`."""
    fault: Fault
    next_probe_at: AwareDatetime


class CreationsProbed(Event):
    """One waiting creation goes out to find out whether the cause is over."""

    TYPE = "slipway.vps.creations-probed.v1"

    account_id: str
    needs: str
    next_probe_at: AwareDatetime


class CreationsResumed(Event):
    """The provider accepted a creation, or none waits any more: those that waited are due now."""

    TYPE = "slipway.vps.creations-resumed.v1"

    account_id: str
    needs: str


class AccountThrottled(Event):
    """The requests of the provider's rate limit are used up: all changes are slower (H37)."""

    TYPE = "slipway.vps.account-throttled.v1"

    account_id: str
    check_at: AwareDatetime


class AccountThrottleEnded(Event):
    TYPE = "slipway.vps.account-throttle-ended.v1"

    account_id: str


class SentinelRequested(Event):
    """A location began to act: the account gets the SSH key that identifies it (H5)."""

    TYPE = "slipway.vps.sentinel-requested.v1"

    account_id: str
    sentinel: str
    requested_at: AwareDatetime


class AccountProven(Event):
    """The sentinel of this installation was seen: a missing server may be believed (H5)."""

    TYPE = "slipway.vps.account-proven.v1"

    account_id: str
    sentinel: str


class AccountProofFailed(Event):
    """The sentinel is missing: a swapped token or a wrong project. No absence is believed."""

    TYPE = "slipway.vps.account-proof-failed.v1"

    account_id: str
    next_probe_at: AwareDatetime | None = None


class PermitGranted(Event):
    """One suspension, deletion or re-creation may go out (H17)."""

    TYPE = "slipway.vps.permit-granted.v1"

    vps_id: str
    operation_id: str
    kind: OperationKind
    granted_at: AwareDatetime
    window_seconds: float = 3600.0
    """How long the permit counts against the limit."""


class BrakeEngaged(Event):
    """Too many destructive operations in the window. An admin resets the brake."""

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
    """A server carries this installation's label, but no stream knows it. An operator decides."""

    TYPE = "slipway.vps.server-orphaned.v1"

    account_id: str
    provider_id: str
    name: str


class OrphanGone(Event):
    TYPE = "slipway.vps.orphan-gone.v1"

    account_id: str
    provider_id: str


class InventoryFailed(Event):
    """The provider's list could not be read completely; nothing was concluded from it."""

    TYPE = "slipway.vps.inventory-failed.v1"

    account_id: str
    fault: Fault


class InventoryRecovered(Event):
    TYPE = "slipway.vps.inventory-recovered.v1"

    account_id: str
