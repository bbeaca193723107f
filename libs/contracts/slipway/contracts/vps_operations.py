"""Topic `vps`: one operation from start to end, its attempts and lookups, and its release.

`vps` holds the events before it (what is desired) and after it (what was proven).
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
    """Appended before the first call, with the name and labels that the server will carry."""

    TYPE = "slipway.vps.operation-started.v1"

    operation_id: str
    kind: OperationKind
    generation: int
    external_name: str
    labels: dict[str, str]
    due_from: AwareDatetime | None = None
    """When this became due: the end of the hold or grace, or GHL's own time of the start."""
    adopting: str | None = None
    """Provider id of the existing server that an admin named to be this VPS."""

    _within_reach = field_validator("due_from")(within_reach)


class AttemptStarted(AttemptEvent):
    """Appended before each call to the provider (H4)."""

    TYPE = "slipway.vps.attempt-started.v1"

    region: str | None = None
    not_after: AwareDatetime


class AttemptAccepted(AttemptEvent):
    """The provider accepted the call. Its effect is polled until it is proven."""

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
    """No trustworthy answer came. Lookups decide; a create is never repeated blindly (H14)."""

    TYPE = "slipway.vps.attempt-outcome-unknown.v1"

    fault: Fault
    poll_at: AwareDatetime


class ServerLookedUp(VpsEvent):
    """A lookup after an unknown outcome. A found server is taken over."""

    TYPE = "slipway.vps.server-looked-up.v1"

    operation_id: str
    provider_id: str | None = None
    lookups: int
    """How many spaced lookups have found nothing so far."""
    poll_at: AwareDatetime | None = None


class ServerFailed(VpsEvent):
    """The new server is broken: it is deleted, then the next generation is created."""

    TYPE = "slipway.vps.server-failed.v1"

    operation_id: str
    provider_id: str
    generation: int
    fault: Fault


class ServerDiscarded(VpsEvent):
    """The broken server is proven gone. The next generation follows."""

    TYPE = "slipway.vps.server-discarded.v1"

    operation_id: str
    provider_id: str
    generation: int


class OperationParked(VpsEvent):
    """This VPS waits for an operator; all others go on."""

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
    """An operator did the change at the provider. The next lookup proves it."""

    TYPE = "slipway.vps.operation-resolved-manually.v1"

    operation_id: str


class OperationSuperseded(VpsEvent):
    """The operation is no longer wanted, for example: cancelled while creating."""

    TYPE = "slipway.vps.operation-superseded.v1"

    operation_id: str
    kind: OperationKind


class OperationWithheld(VpsEvent):
    """The operation is due but may not go out yet."""

    TYPE = "slipway.vps.operation-withheld.v1"

    kind: OperationKind
    reason: WithheldReason
    retry_at: AwareDatetime | None = None


class WithholdingEnded(VpsEvent):
    """The reason for withholding is over: the operation is due now."""

    TYPE = "slipway.vps.withholding-ended.v1"

    reason: WithheldReason


class ReleaseRequested(VpsEvent):
    """Asks ingest to confirm with GHL that the operation may go out (H3, H33)."""

    TYPE = "slipway.vps.release-requested.v1"

    kind: OperationKind = OperationKind.DELETE
    nonce: str
    requested_at: AwareDatetime


class ReleaseAnswered(VpsEvent):
    """GHL's answer for this nonce."""

    TYPE = "slipway.vps.release-answered.v2"

    kind: OperationKind
    nonce: str
    answer: CheckAnswer
    source: SourceVersion


class ReleaseStalled(VpsEvent):
    """GHL's answer stayed `unknown` too long: an admin may release; GHL is asked again."""

    TYPE = "slipway.vps.release-stalled.v1"

    kind: OperationKind = OperationKind.DELETE
    since: AwareDatetime


class VpsReleased(AdminVpsEvent):
    """An admin confirmed the operation instead of GHL."""

    TYPE = "slipway.vps.released.v1"
