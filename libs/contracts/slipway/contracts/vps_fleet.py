"""Topic `vps`: the events of locations, accounts, the safety brake and the inventory."""

from pydantic import AwareDatetime

from slipway.contracts.envelope import Event
from slipway.contracts.vps_values import Fault, LocationMode, OperationKind


class LocationFound(Event):
    """The first entitlement of a location arrived. The location starts in mode `observe` (H29)."""

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
    """A fault stopped a whole account. Probes find out when the account works again (H31)."""

    TYPE = "slipway.vps.account-paused.v1"

    account_id: str
    """`<provider>/<account>`."""
    fault: Fault
    next_probe_at: AwareDatetime


class AccountProbed(Event):
    """A probe failed. The account stays paused."""

    TYPE = "slipway.vps.account-probed.v1"

    account_id: str
    fault: Fault
    next_probe_at: AwareDatetime


class AccountResumed(Event):
    """A probe succeeded. Every operation that waited for the account is due now."""

    TYPE = "slipway.vps.account-resumed.v1"

    account_id: str


class CreationsPaused(Event):
    """One cause stops all creations of the account that need the same (H37).

    All other operations of the account continue. From time to time a waiting creation is sent as a
    probe.
    """

    TYPE = "slipway.vps.creations-paused.v1"

    account_id: str
    needs: str
    """The missing need of the creations: `limit`, or `<size>/<image>`."""
    fault: Fault
    next_probe_at: AwareDatetime


class CreationsProbed(Event):
    """One waiting creation is sent to find out whether the cause is over."""

    TYPE = "slipway.vps.creations-probed.v1"

    account_id: str
    needs: str
    next_probe_at: AwareDatetime


class CreationsResumed(Event):
    """The provider accepted a creation, or no creation waits. All waiting creations are due now."""

    TYPE = "slipway.vps.creations-resumed.v1"

    account_id: str
    needs: str


class AccountThrottled(Event):
    """The requests of the provider's rate limit are used up, so all changes are slower (H37)."""

    TYPE = "slipway.vps.account-throttled.v1"

    account_id: str
    check_at: AwareDatetime


class AccountThrottleEnded(Event):
    TYPE = "slipway.vps.account-throttle-ended.v1"

    account_id: str


class SentinelRequested(Event):
    """The account needs its sentinel, an SSH key that identifies it (H5).

    Requested when a location that uses the account is set to mode `act`.
    """

    TYPE = "slipway.vps.sentinel-requested.v1"

    account_id: str
    sentinel: str
    requested_at: AwareDatetime


class AccountProven(Event):
    """The sentinel key was found, so the token belongs to our account (H5).

    Only then does a missing server count as absent.
    """

    TYPE = "slipway.vps.account-proven.v1"

    account_id: str
    sentinel: str


class AccountProofFailed(Event):
    """The sentinel key was not found, so the token may belong to another account.

    Until the key is found, no missing server counts as absent.
    """

    TYPE = "slipway.vps.account-proof-failed.v1"

    account_id: str
    sentinel: str | None = None
    """The name of the key. None in events before this field existed."""
    next_probe_at: AwareDatetime | None = None


class PermitGranted(Event):
    """One suspension, deletion or re-creation may be sent (H17)."""

    TYPE = "slipway.vps.permit-granted.v1"

    vps_id: str
    operation_id: str
    kind: OperationKind
    granted_at: AwareDatetime
    window_seconds: float = 3600.0
    """How long the permit counts against the limit."""


class BrakeEngaged(Event):
    """Too many destructive operations were due in the window.

    They wait until an admin resets the brake.
    """

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
    """A server carries this installation's label but belongs to no VPS. An operator decides."""

    TYPE = "slipway.vps.server-orphaned.v1"

    account_id: str
    provider_id: str
    name: str


class OrphanGone(Event):
    TYPE = "slipway.vps.orphan-gone.v1"

    account_id: str
    provider_id: str


class InventoryFailed(Event):
    """The provider's list could not be read completely, so nothing was concluded from it."""

    TYPE = "slipway.vps.inventory-failed.v1"

    account_id: str
    fault: Fault


class InventoryRecovered(Event):
    TYPE = "slipway.vps.inventory-recovered.v1"

    account_id: str
