"""Rules for the changes of a VPS: parked, overdue, waiting for GHL, or done (pure)."""

from collections.abc import Iterable
from datetime import datetime

from slipway.contracts import incidents, vps
from slipway.contracts.incidents import IncidentCause
from slipway.contracts.vps import OperationKind
from slipway.notifier.incidents.rules.quantity import quantity_recovery
from slipway.notifier.incidents.rules.result import Recovery, RuleResult, Rules, vps_symptom
from slipway.notifier.message_text import MessageText, count_of, fault_sentence

RULES = Rules()

_CAUSES = {
    OperationKind.CREATE: IncidentCause.CREATE_FAILED,
    OperationKind.DELETE: IncidentCause.DELETE_FAILED,
    OperationKind.SUSPEND: IncidentCause.SUSPEND_FAILED,
    OperationKind.RESUME: IncidentCause.RESUME_FAILED,
}
"""Whatever stops or delays a change has the same cause, so that a VPS has one incident."""

_TITLES = {
    OperationKind.CREATE: "A paid VPS is not running",
    OperationKind.DELETE: "A cancelled VPS is not deleted",
    OperationKind.SUSPEND: "An unpaid or cancelled VPS is not switched off",
    OperationKind.RESUME: "A paid VPS is not switched on again",
}


@RULES.on(vps.OperationParked)
def _parked(event: vps.OperationParked, time: datetime) -> Iterable[RuleResult]:
    attempts = count_of(event.attempts, "attempt")
    text = MessageText(
        _TITLES[event.kind],
        f"{fault_sentence(event.fault)} Slipway stopped after {attempts}.",
        "This VPS waits for you. Fix the cause and press Retry in the portal. Or make the change "
        "at the provider and press Resolved by hand.",
    )
    yield vps_symptom(event, time, _CAUSES[event.kind], event.vps_id, text)


@RULES.on(incidents.ExpectationMissed)
def _overdue(event: incidents.ExpectationMissed, time: datetime) -> Iterable[RuleResult]:
    text = MessageText(
        _TITLES[event.kind],
        "The change is overdue: the provider has not confirmed it in time.",
        "Slipway keeps trying and sends a message when the change is done. The portal's page of "
        "this VPS shows what it waits for.",
    )
    yield vps_symptom(event, time, _CAUSES[event.kind], event.vps_id, text)


_WAITS_FOR_GHL = {
    OperationKind.DELETE: (
        "deletes a server only after GHL confirms that the subscription has ended",
        "The server stays. Slipway keeps asking and deletes it when GHL confirms. To delete it now",
    ),
    OperationKind.SUSPEND: (
        "switches a server off only after GHL confirms that it is not paid",
        "The server stays on. Slipway keeps asking and acts on GHL's answer. To switch it off now",
    ),
    OperationKind.CREATE: (
        "creates a server again only after GHL confirms that it is paid",
        "Slipway keeps asking and creates the server when GHL confirms. To create it now",
    ),
    OperationKind.RESUME: (
        "switches a server on again only after GHL confirms that it is paid",
        "Slipway keeps asking and switches it on when GHL confirms. To switch it on now",
    ),
}
"""Text of the operation that waits for GHL's confirmation, and of the next step."""


@RULES.on(vps.ReleaseStalled)
def _release_stalled(event: vps.ReleaseStalled, _: datetime) -> Iterable[RuleResult]:
    rule, next_step = _WAITS_FOR_GHL[event.kind]
    text = MessageText(
        _TITLES[event.kind],
        f"Slipway {rule}, and no clear answer of GHL came in time.",
        f"{next_step}, press Confirm in the portal.",
    )
    yield vps_symptom(event, event.since, _CAUSES[event.kind], event.vps_id, text)


def _vps_recovery(vps_id: str, reason: str) -> Recovery:
    """Returns the recovery from every incident that this VPS is a symptom of."""
    return Recovery(None, None, vps_id, reason)


@RULES.on(incidents.ExpectationMet)
def _met(event: incidents.ExpectationMet, _: datetime) -> Iterable[RuleResult]:
    yield _vps_recovery(event.vps_id, "The change is done.")


@RULES.on(incidents.ExpectationDropped)
def _dropped(event: incidents.ExpectationDropped, _: datetime) -> Iterable[RuleResult]:
    reason = "An admin holds the change back." if event.held_back else _NOT_NEEDED
    yield _vps_recovery(event.vps_id, reason)


_NOT_NEEDED = "The change is no longer needed."


@RULES.on(vps.OperationSuperseded)
def _superseded(event: vps.OperationSuperseded, _: datetime) -> Iterable[RuleResult]:
    yield _vps_recovery(event.vps_id, _NOT_NEEDED)


@RULES.on(vps.VpsReady, vps.VpsResumed)
def _running(event: vps.VpsReady | vps.VpsResumed, _: datetime) -> Iterable[RuleResult]:
    yield _vps_recovery(event.vps_id, "The server is running.")


@RULES.on(vps.VpsSuspended)
def _suspended(event: vps.VpsSuspended, _: datetime) -> Iterable[RuleResult]:
    yield _vps_recovery(event.vps_id, "The server is switched off.")


@RULES.on(vps.VpsDeleted)
def _deleted(event: vps.VpsDeleted, _: datetime) -> Iterable[RuleResult]:
    reason = "The server is deleted."
    yield _vps_recovery(event.vps_id, reason)
    yield quantity_recovery(event.vps_id, reason)
    yield Recovery(IncidentCause.DRIFT, event.vps_id, None, reason)


@RULES.on(vps.VpsIgnored)
def _ignored(event: vps.VpsIgnored, _: datetime) -> Iterable[RuleResult]:
    reason = "Slipway no longer manages this VPS."
    yield _vps_recovery(event.vps_id, reason)
    yield quantity_recovery(event.vps_id, reason)
    yield Recovery(IncidentCause.DRIFT, event.vps_id, None, reason)
