"""Rules for a reduced quantity: an admin decides which VPS is deleted (pure, H16)."""

from collections.abc import Iterable
from datetime import datetime

from slipway.contracts import vps
from slipway.contracts.incidents import IncidentCause, Severity
from slipway.notifier.incidents.rules.result import Recovery, RuleResult, Rules, Symptom
from slipway.notifier.message_text import MessageText

RULES = Rules()


@RULES.on(vps.QuantityDecreaseReferred)
def _decreased(event: vps.QuantityDecreaseReferred, time: datetime) -> Iterable[RuleResult]:
    text = MessageText(
        f"A customer now pays for {event.quantity} VPS and has more",
        "The quantity of the subscription was reduced, and every VPS is in use.",
        "All of them keep running until you choose in the portal which one to delete.",
    )
    yield quantity_recovery(event.vps_id, "The quantity was changed again.")
    yield Symptom(
        cause=IncidentCause.QUANTITY_DECREASE,
        # Each further reduction is an incident of its own, so that it is announced.
        subject=f"{event.subscription_id}/{event.quantity}",
        affected=_affected(event.vps_id),
        severity=Severity.TODAY,
        since=time,
        subscription_id=event.subscription_id,
        **text.fields(),
    )


@RULES.on(vps.DesiredStateChanged)
def _decided(event: vps.DesiredStateChanged, _: datetime) -> Iterable[RuleResult]:
    # The VPS is paid for again, has ended, or was chosen for deletion. No decision is open.
    reason = "The desired state of this VPS is clear again."
    yield quantity_recovery(event.vps_id, reason)


def quantity_recovery(vps_id: str, reason: str) -> Recovery:
    """Returns the recovery of this VPS's symptom in every incident about a reduced quantity."""
    return Recovery(IncidentCause.QUANTITY_DECREASE, None, _affected(vps_id), reason)


def _affected(vps_id: str) -> str:
    """Returns an id of its own for the symptom, because a finished change must not end it."""
    return f"{vps_id}/quantity"
