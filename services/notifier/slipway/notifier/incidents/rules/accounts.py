"""Rules for provider accounts that are paused, can't list servers, or aren't proven ours (pure)."""

from collections.abc import Iterable
from datetime import datetime

from slipway.contracts import vps
from slipway.contracts.incidents import IncidentCause, Severity
from slipway.notifier.incidents.rules.result import Recovery, RuleResult, Rules, shared_symptom
from slipway.notifier.message_text import MessageText, fault_sentence

RULES = Rules()

_OPERATIONS, _INVENTORY, _SENTINEL = "operations", "inventory", "sentinel"
_REQUESTS = "requests"
"""The parts of an account that can be affected."""


@RULES.on(vps.AccountPaused)
def _paused(event: vps.AccountPaused, time: datetime) -> Iterable[RuleResult]:
    text = MessageText(
        f"The provider account {event.account_id} does not work",
        f"{fault_sentence(event.fault)} All changes at this account wait. Nothing is lost.",
        "Slipway tries again at least every 30 seconds. When the account works again, all waiting "
        "changes are made together. If the token was changed, set the new one.",
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


@RULES.on(vps.CreationsPaused)
def _creations_paused(event: vps.CreationsPaused, time: datetime) -> Iterable[RuleResult]:
    cause = "a limit is reached" if event.needs == "limit" else f"it has no {event.needs}"
    text = MessageText(
        f"The provider account {event.account_id} creates no servers: {cause}",
        f"{fault_sentence(event.fault)} New servers that need it wait. Everything else goes on.",
        "Slipway tries with one server every minute. When the provider accepts it, all that wait "
        "are created. Raise the limit at the provider, or check that it still offers what the "
        "plan names.",
    )
    yield shared_symptom(
        IncidentCause.ACCOUNT_PAUSED,
        event.account_id,
        _creations(event.needs),
        Severity.NOW,
        time,
        text,
    )


@RULES.on(vps.CreationsResumed)
def _creations_resumed(event: vps.CreationsResumed, _: datetime) -> Iterable[RuleResult]:
    yield Recovery(
        IncidentCause.ACCOUNT_PAUSED,
        event.account_id,
        _creations(event.needs),
        "No creation waits for it any more.",
    )


def _creations(needs: str) -> str:
    return f"creations: {needs}"


@RULES.on(vps.AccountThrottled)
def _throttled(event: vps.AccountThrottled, time: datetime) -> Iterable[RuleResult]:
    text = MessageText(
        f"The provider account {event.account_id} has used up its requests",
        "Its rate limit is used up. Changes at this account are slower. Nothing is lost.",
        "All changes are made as the provider grants requests again. If this happens often, ask "
        "the provider for a higher limit, or use a second account.",
    )
    yield shared_symptom(
        IncidentCause.ACCOUNT_PAUSED, event.account_id, _REQUESTS, Severity.TODAY, time, text
    )


@RULES.on(vps.AccountThrottleEnded)
def _throttle_ended(event: vps.AccountThrottleEnded, _: datetime) -> Iterable[RuleResult]:
    text = "The provider grants requests again."
    yield Recovery(IncidentCause.ACCOUNT_PAUSED, event.account_id, _REQUESTS, text)


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
    name = "" if event.sentinel is None else f", which is {event.sentinel}"
    text = MessageText(
        f"{event.account_id} may be the wrong provider account",
        "The SSH key that identifies Slipway's own account is missing. Either the token belongs "
        "to another project, or the key was deleted.",
        "Set the right token again. If only the key was deleted, add any SSH key to the project "
        f"with the name of the deleted key{name}. "
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
