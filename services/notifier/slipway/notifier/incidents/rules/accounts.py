"""Rules for provider accounts that are paused, can't list servers, or aren't proven ours (pure)."""

from collections.abc import Iterable
from datetime import datetime

from slipway.contracts import vps
from slipway.contracts.incidents import IncidentCause, Severity
from slipway.notifier.incidents.rules.result import Recovery, RuleResult, Rules, shared_symptom
from slipway.notifier.message_text import MessageText, fault_sentence

RULES = Rules()

_OPERATIONS, _INVENTORY, _SENTINEL = "operations", "inventory", "sentinel"
"""The parts of an account that can be affected."""


@RULES.on(vps.AccountPaused)
def _paused(event: vps.AccountPaused, time: datetime) -> Iterable[RuleResult]:
    text = MessageText(
        f"The provider account {event.account_id} does not work",
        f"{fault_sentence(event.fault)} All changes at this account wait. Nothing is lost.",
        f"Slipway tries again at {event.next_probe_at:%H:%M:%S} UTC and keeps trying. When the "
        "account works again, all waiting changes are made at once. If the token was changed, set "
        "the new one.",
    )
    yield shared_symptom(
        IncidentCause.ACCOUNT_PAUSED, event.account_id, _OPERATIONS, Severity.NOW, time, text
    )


@RULES.on(vps.AccountResumed)
def _resumed(event: vps.AccountResumed, _: datetime) -> Iterable[RuleResult]:
    # Overdue changes stay symptoms until they are done, so the incident ends with the last one.
    yield Recovery(
        IncidentCause.ACCOUNT_PAUSED, event.account_id, _OPERATIONS, "The provider answers again."
    )


@RULES.on(vps.InventoryFailed)
def _inventory_failed(event: vps.InventoryFailed, time: datetime) -> Iterable[RuleResult]:
    # It has the cause of a pause, because one outage stops operations and the inventory.
    text = MessageText(
        f"The servers of {event.account_id} can't be listed",
        f"{fault_sentence(event.fault)} Slipway concludes nothing from the incomplete list.",
        "Slipway lists the servers again in a minute.",
    )
    yield shared_symptom(
        IncidentCause.ACCOUNT_PAUSED, event.account_id, _INVENTORY, Severity.TODAY, time, text
    )


@RULES.on(vps.InventoryRecovered)
def _inventory_recovered(event: vps.InventoryRecovered, _: datetime) -> Iterable[RuleResult]:
    yield Recovery(
        IncidentCause.ACCOUNT_PAUSED, event.account_id, _INVENTORY, "The list is complete again."
    )


@RULES.on(vps.AccountProofFailed)
def _proof_failed(event: vps.AccountProofFailed, time: datetime) -> Iterable[RuleResult]:
    text = MessageText(
        f"{event.account_id} may be the wrong provider account",
        "The SSH key that identifies Slipway's own account is missing. Either the token belongs "
        "to another project, or the key was deleted.",
        "Set the right token again. If only the key was deleted, add any SSH key with this name "
        f"to the project: slipway-sentinel-<installation>-{event.account_id.replace('/', '-')}. "
        "Until then Slipway creates nothing there and treats no server as deleted.",
    )
    yield shared_symptom(
        IncidentCause.ACCOUNT_PROOF_FAILED, event.account_id, _SENTINEL, Severity.NOW, time, text
    )


@RULES.on(vps.AccountProven)
def _proven(event: vps.AccountProven, _: datetime) -> Iterable[RuleResult]:
    yield Recovery(
        IncidentCause.ACCOUNT_PROOF_FAILED, event.account_id, _SENTINEL, "The account is proven."
    )
