"""Pure table for VPSs and what surrounds them: which event is a symptom, which a recovery.

`rules` puts it together with `inbound_rules`.
"""

from collections.abc import Iterable
from datetime import datetime

from slipway.contracts import incidents, vps
from slipway.contracts.incidents import IncidentCause, Severity
from slipway.notifier.incidents.rules import vps_text as wording
from slipway.notifier.incidents.rules.result import (
    Finding,
    Recovery,
    Rules,
    Symptom,
    about_vps,
    done,
    failed,
    wide,
)

RULES = Rules()


@RULES.on(vps.OperationParked)
def _parked(event: vps.OperationParked, time: datetime) -> Iterable[Finding]:
    text = wording.parked(event)
    yield about_vps(event, time, failed(event.kind), event.vps_id, text)


@RULES.on(incidents.ExpectationMissed)
def _missed(event: incidents.ExpectationMissed, time: datetime) -> Iterable[Finding]:
    yield about_vps(event, time, failed(event.kind), event.vps_id, wording.overdue(event))


@RULES.on(vps.ReleaseStalled)
def _release_stalled(event: vps.ReleaseStalled, _: datetime) -> Iterable[Finding]:
    yield about_vps(
        event,
        event.since,
        failed(vps.OperationKind.DELETE),
        event.vps_id,
        wording.release_stalled(),
    )


@RULES.on(incidents.ExpectationMet)
def _fulfilled(event: incidents.ExpectationMet, _: datetime) -> Iterable[Finding]:
    yield done(event.vps_id, "It is done now.")


@RULES.on(incidents.ExpectationDropped)
def _dropped(event: incidents.ExpectationDropped, _: datetime) -> Iterable[Finding]:
    why = "A person's decision holds it back." if event.held_back else "It is no longer wanted."
    yield done(event.vps_id, why)


@RULES.on(vps.OperationSuperseded)
def _overtaken(event: vps.OperationSuperseded, _: datetime) -> Iterable[Finding]:
    yield done(event.vps_id, "It is no longer wanted.")


@RULES.on(vps.VpsReady, vps.VpsResumed)
def _running(event: vps.VpsReady, _: datetime) -> Iterable[Finding]:
    yield done(event.vps_id, "The server runs.")


@RULES.on(vps.VpsSuspended)
def _suspended(event: vps.VpsSuspended, _: datetime) -> Iterable[Finding]:
    yield done(event.vps_id, "The server is switched off.")


@RULES.on(vps.VpsDeleted)
def _deleted(event: vps.VpsDeleted, _: datetime) -> Iterable[Finding]:
    yield done(event.vps_id, "The server is gone, as it should be.")
    yield Recovery(IncidentCause.DRIFT, event.vps_id, None, "The server is gone, as it should be.")


@RULES.on(vps.VpsIgnored)
def _ignored(event: vps.VpsIgnored, _: datetime) -> Iterable[Finding]:
    yield done(event.vps_id, "Slipway no longer manages this VPS.")
    yield Recovery(IncidentCause.DRIFT, event.vps_id, None, "Slipway no longer manages this VPS.")


@RULES.on(vps.VpsDrifted)
def _drifted(event: vps.VpsDrifted, time: datetime) -> Iterable[Finding]:
    yield about_vps(event, time, IncidentCause.DRIFT, event.drift, wording.drifted(event))


@RULES.on(vps.VpsDriftEnded)
def _drift_ended(event: vps.VpsDriftEnded, _: datetime) -> Iterable[Finding]:
    yield Recovery(
        IncidentCause.DRIFT, event.vps_id, event.drift, "The provider shows it as it should be."
    )


@RULES.on(vps.QuantityDecreaseReferred)
def _decrease(event: vps.QuantityDecreaseReferred, time: datetime) -> Iterable[Finding]:
    yield Symptom(
        cause=IncidentCause.QUANTITY_DECREASE,
        subject=event.subscription_id,
        affected=event.vps_id,
        severity=Severity.TODAY,
        since=time,
        subscription_id=event.subscription_id,
        **wording.quantity_decrease(event).fields(),
    )


@RULES.on(vps.DesiredStateChanged)
def _wanted(event: vps.DesiredStateChanged, _: datetime) -> Iterable[Finding]:
    # Paid for again, ended, or chosen to go: nobody has to choose any more.
    reason = "What this VPS should be is clear again."
    yield Recovery(IncidentCause.QUANTITY_DECREASE, event.subscription_id, event.vps_id, reason)


@RULES.on(vps.AccountPaused)
def _paused(event: vps.AccountPaused, time: datetime) -> Iterable[Finding]:
    text = wording.scope_paused(event)
    yield wide(
        IncidentCause.ACCOUNT_PAUSED, event.account_id, "operations", Severity.NOW, time, text
    )


@RULES.on(vps.AccountResumed)
def _resumed(event: vps.AccountResumed, _: datetime) -> Iterable[Finding]:
    # What it made late stays a symptom until it is proven: over is when all is done.
    yield Recovery(
        IncidentCause.ACCOUNT_PAUSED, event.account_id, "operations", "The provider answers again."
    )


@RULES.on(vps.InventoryFailed)
def _inventory(event: vps.InventoryFailed, time: datetime) -> Iterable[Finding]:
    # The same outage stops operations and the inventory: one cause, one incident.
    text = wording.inventory_failed(event)
    yield wide(
        IncidentCause.ACCOUNT_PAUSED, event.account_id, "inventory", Severity.TODAY, time, text
    )


@RULES.on(vps.InventoryRecovered)
def _inventory_back(event: vps.InventoryRecovered, _: datetime) -> Iterable[Finding]:
    yield Recovery(
        IncidentCause.ACCOUNT_PAUSED, event.account_id, "inventory", "The list is whole again."
    )


@RULES.on(vps.AccountProofFailed)
def _doubted(event: vps.AccountProofFailed, time: datetime) -> Iterable[Finding]:
    text = wording.account_doubted(event)
    yield wide(
        IncidentCause.ACCOUNT_PROOF_FAILED, event.account_id, "sentinel", Severity.NOW, time, text
    )


@RULES.on(vps.AccountProven)
def _proven(event: vps.AccountProven, _: datetime) -> Iterable[Finding]:
    yield Recovery(
        IncidentCause.ACCOUNT_PROOF_FAILED, event.account_id, "sentinel", "It is our account again."
    )


@RULES.on(vps.BrakeEngaged)
def _brake(event: vps.BrakeEngaged, time: datetime) -> Iterable[Finding]:
    text = wording.brake_engaged(event)
    yield wide(IncidentCause.SAFETY_BRAKE, "brake", "brake", Severity.NOW, time, text)


@RULES.on(vps.BrakeReset)
def _brake_reset(event: vps.BrakeReset, _: datetime) -> Iterable[Finding]:
    by = event.actor.removeprefix("user:")
    yield Recovery(IncidentCause.SAFETY_BRAKE, "brake", "brake", f"Reset by {by}: {event.reason}")


@RULES.on(vps.ServerOrphaned)
def _orphan(event: vps.ServerOrphaned, time: datetime) -> Iterable[Finding]:
    text = wording.orphaned(event)
    yield wide(
        IncidentCause.ORPHANED_SERVER,
        event.account_id,
        event.provider_id,
        Severity.TODAY,
        time,
        text,
    )


@RULES.on(vps.OrphanGone)
def _orphan_gone(event: vps.OrphanGone, _: datetime) -> Iterable[Finding]:
    yield Recovery(
        IncidentCause.ORPHANED_SERVER, event.account_id, event.provider_id, "The server is gone."
    )
