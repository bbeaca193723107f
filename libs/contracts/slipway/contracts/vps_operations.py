"""Topic `vps`: an operation from its intent to its end, each attempt and look, and the second key.

`vps` has the wishes before it and the proofs after it.
"""

from pydantic import AwareDatetime

from slipway.contracts.vps_values import (
    Fault,
    OperationKind,
    SourceVersion,
    VpsEvent,
)


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
    poll_at: AwareDatetime


class ServerLookedUp(VpsEvent):
    """A look-up for an unknown outcome: found (then adopted) or not seen yet."""

    TYPE = "slipway.vps.server-looked-up.v1"

    operation_id: str
    provider_id: str | None = None
    looks: int
    """How many spaced look-ups found nothing so far."""
    poll_at: AwareDatetime | None = None


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


class OperationResolvedManually(VpsEvent):
    """A person did it at the provider; the next look-up proves it."""

    TYPE = "slipway.vps.operation-resolved-manually.v1"

    operation_id: str
    command_id: str
    actor: str
    reason: str


class OperationSuperseded(VpsEvent):
    """No longer wanted before it was done (cancelled while creating, paid while suspending)."""

    TYPE = "slipway.vps.operation-superseded.v1"

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
    """Unknown for too long: a person may release it; GHL is asked on."""

    TYPE = "slipway.vps.release-stalled.v1"

    since: AwareDatetime


class VpsReleased(VpsEvent):
    """A person turned the second key."""

    TYPE = "slipway.vps.released.v1"

    command_id: str
    actor: str
    reason: str
