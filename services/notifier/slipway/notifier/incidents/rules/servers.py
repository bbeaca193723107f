"""Rules for servers that were changed at the provider, and for servers without a VPS (pure)."""

from collections.abc import Iterable
from datetime import datetime

from slipway.contracts import vps
from slipway.contracts.incidents import IncidentCause, Severity
from slipway.contracts.vps import Drift
from slipway.notifier.incidents.rules.result import (
    Recovery,
    RuleResult,
    Rules,
    shared_symptom,
    vps_symptom,
)
from slipway.notifier.message_text import MessageText

RULES = Rules()

_DRIFT_TITLES = {
    Drift.MISSING: "A customer's server is no longer at the provider",
    Drift.POWERED_OFF: "A customer's server was switched off at the provider",
    Drift.POWERED_ON: "A suspended server was switched on at the provider",
    Drift.LABELS_CHANGED: "The labels of a customer's server were changed at the provider",
    Drift.DUPLICATE: "A customer has two servers at the provider",
}


@RULES.on(vps.VpsDrifted)
def _drifted(event: vps.VpsDrifted, time: datetime) -> Iterable[RuleResult]:
    server = "" if event.provider_id is None else f" (server {event.provider_id})"
    text = MessageText(
        _DRIFT_TITLES[event.drift],
        f"Slipway did not make this change{server}.",
        "Slipway does not undo it. Decide in the portal, or undo the change at the provider. "
        "Slipway notices that within two minutes.",
    )
    yield vps_symptom(event, time, IncidentCause.DRIFT, event.drift, text)


@RULES.on(vps.VpsDriftEnded)
def _drift_ended(event: vps.VpsDriftEnded, _: datetime) -> Iterable[RuleResult]:
    yield Recovery(
        IncidentCause.DRIFT, event.vps_id, event.drift, "The server is as it should be again."
    )


@RULES.on(vps.ServerOrphaned)
def _orphaned(event: vps.ServerOrphaned, time: datetime) -> Iterable[RuleResult]:
    text = MessageText(
        f"A server belongs to no customer: {event.name}",
        f"Server {event.provider_id} at {event.account_id} has Slipway's label, but no VPS uses "
        "it.",
        "It costs money, and Slipway does not touch it. Look at it at the provider, and delete it "
        "there if it is not needed.",
    )
    yield shared_symptom(
        IncidentCause.ORPHANED_SERVER,
        event.account_id,
        event.provider_id,
        Severity.TODAY,
        time,
        text,
    )


@RULES.on(vps.OrphanGone)
def _orphan_gone(event: vps.OrphanGone, _: datetime) -> Iterable[RuleResult]:
    yield Recovery(
        IncidentCause.ORPHANED_SERVER,
        event.account_id,
        event.provider_id,
        "The server no longer exists.",
    )
