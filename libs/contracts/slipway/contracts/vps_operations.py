"""Topic `vps`: the events of one operation, its attempts and its deletion confirmation.

`vps` defines the events of the desired state and of the confirmed state.
"""

from pydantic import AwareDatetime, field_validator

from slipway.contracts.deadlines import within_reach
from slipway.contracts.subscriptions import CheckAnswer
from slipway.contracts.vps_values import (
    AdminVpsEvent,
    AttemptEvent,
    Fault,
    OperationKind,
    SourceVersion,
    VpsEvent,
    WithheldReason,
)


class OperationStarted(VpsEvent):
    """An operation started. Appended before the first call, with the server's name and labels."""

    TYPE = "slipway.vps.operation-started.v1"

    operation_id: str
    kind: OperationKind
    generation: int
    external_name: str
    labels: dict[str, str]
    due_from: AwareDatetime | None = None
    """When the operation became due: at the end of the plan's hold or grace, or at GHL's time of
    the change."""
    adopting: str | None = None
    """Provider id of the existing server that an admin chose as the server of this VPS."""

    _within_reach = field_validator("due_from")(within_reach)


class AttemptStarted(AttemptEvent):
    """An attempt started. Appended before the call to the provider (H4)."""

    TYPE = "slipway.vps.attempt-started.v1"

    region: str | None = None
    not_after: AwareDatetime


class AttemptAccepted(AttemptEvent):
    """The provider accepted the call. The server is polled until it shows the effect."""

    TYPE = "slipway.vps.attempt-accepted.v1"

    provider_id: str | None = None
    action_ids: tuple[str, ...] = ()


class AttemptFailed(AttemptEvent):
    """The provider refused the call, or nothing was sent."""

    TYPE = "slipway.vps.attempt-failed.v1"

    region: str | None = None
    fault: Fault
    retry_at: AwareDatetime | None = None
    """None after the last attempt."""


class AttemptOutcomeUnknown(AttemptEvent):
    """The answer was missing or unclear, so the outcome of the attempt is unknown.

    Slipway looks for the server first and never repeats a creation blindly (H14).
    """

    TYPE = "slipway.vps.attempt-outcome-unknown.v1"

    fault: Fault
    poll_at: AwareDatetime


class ServerLookedUp(VpsEvent):
    """Slipway searched for the server. If it found one, that is now the server of the VPS."""

    TYPE = "slipway.vps.server-looked-up.v1"

    operation_id: str
    provider_id: str | None = None
    lookups: int
    """How many lookups in a row have found nothing."""
    poll_at: AwareDatetime | None = None


class ServerFailed(VpsEvent):
    """The new server is broken. It is deleted, then the next generation is created."""

    TYPE = "slipway.vps.server-failed.v1"

    operation_id: str
    provider_id: str
    generation: int
    fault: Fault


class ServerDiscarded(VpsEvent):
    """The broken server is gone. The next generation is created."""

    TYPE = "slipway.vps.server-discarded.v1"

    operation_id: str
    provider_id: str
    generation: int


class OperationParked(VpsEvent):
    """The operation stopped and waits for an operator. Other VPSs are not affected."""

    TYPE = "slipway.vps.operation-parked.v1"

    operation_id: str
    kind: OperationKind
    fault: Fault
    attempts: int


class OperationRetried(AdminVpsEvent):
    """An operator asked for a parked operation to be tried again."""

    TYPE = "slipway.vps.operation-retried.v1"

    operation_id: str


class OperationResolvedManually(AdminVpsEvent):
    """An operator made the change at the provider. The next poll checks it."""

    TYPE = "slipway.vps.operation-resolved-manually.v1"

    operation_id: str


class SwitchOnRequested(AdminVpsEvent):
    """An operator asked to switch on the server that was switched off at the provider."""

    TYPE = "slipway.vps.switch-on-requested.v1"


class OperationSuperseded(VpsEvent):
    """The operation is no longer needed, for example because the customer has cancelled."""

    TYPE = "slipway.vps.operation-superseded.v1"

    operation_id: str
    kind: OperationKind


class OperationWithheld(VpsEvent):
    """The operation is due but may not be sent yet."""

    TYPE = "slipway.vps.operation-withheld.v1"

    kind: OperationKind
    reason: WithheldReason
    retry_at: AwareDatetime | None = None


class WithholdingEnded(VpsEvent):
    """The reason for withholding has ended. The operation is due now."""

    TYPE = "slipway.vps.withholding-ended.v1"

    reason: WithheldReason


class ReleaseRequested(VpsEvent):
    """Asks ingest to confirm with GHL that the operation may be sent (H3, H33)."""

    TYPE = "slipway.vps.release-requested.v1"

    kind: OperationKind = OperationKind.DELETE
    nonce: str
    requested_at: AwareDatetime


class ReleaseAnswered(VpsEvent):
    """GHL's answer to the request with this nonce. It says whether the operation is confirmed."""

    TYPE = "slipway.vps.release-answered.v2"

    kind: OperationKind
    nonce: str
    answer: CheckAnswer
    source: SourceVersion


class ReleaseStalled(VpsEvent):
    """GHL's answer stayed `unknown` for too long. An admin may confirm instead.

    Slipway still asks GHL.
    """

    TYPE = "slipway.vps.release-stalled.v1"

    kind: OperationKind = OperationKind.DELETE
    since: AwareDatetime


class VpsReleased(AdminVpsEvent):
    """An admin, and not GHL, confirmed the operation."""

    TYPE = "slipway.vps.released.v1"
