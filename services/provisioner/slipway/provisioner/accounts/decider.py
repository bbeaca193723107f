"""Decider of a provider account. A fault pauses the account (H31). A sentinel identifies it (H5).

The sentinel is an SSH key that Slipway creates in the account. `prober` sends the commands when the
worker reports a fault and when a probe is due.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from slipway.contracts.envelope import Event
from slipway.contracts.vps import (
    AccountPaused,
    AccountProbed,
    AccountProofFailed,
    AccountProven,
    AccountResumed,
    Fault,
    SentinelRequested,
)
from slipway.eventstore.decider import Decider

CATEGORY = "account"

_FIRST_PROBE = timedelta(seconds=2)
_LONGEST_PAUSE = timedelta(seconds=30)
_PROVE_AGAIN = timedelta(seconds=30)


@dataclass(frozen=True)
class RequestSentinel:
    """Requests the account's sentinel, because a location in mode `act` uses the account."""

    account_id: str
    sentinel: str
    now: datetime


@dataclass(frozen=True)
class PauseAccount:
    account_id: str
    fault: Fault
    now: datetime


@dataclass(frozen=True)
class RecordProbe:
    """Records the result of a probe: a fault, or else whether the sentinel was found."""

    account_id: str
    fault: Fault | None
    sentinel_found: bool
    now: datetime


Command = RequestSentinel | PauseAccount | RecordProbe


@dataclass(frozen=True)
class Account:
    account_id: str = ""
    sentinel: str | None = None
    proven: bool = False
    """True once the sentinel was found after Slipway created it."""
    proof_failed: bool = False
    """True while the sentinel is missing. Then another account may be answering."""
    fault: Fault | None = None
    """Why the account is paused; None if it is not."""
    probes: int = 0
    due: datetime | None = None

    @property
    def is_usable(self) -> bool:
        return self.proven and not self.proof_failed and self.fault is None


def decide(command: Command, state: Account) -> Sequence[Event]:
    match command:
        case RequestSentinel():
            if state.sentinel is not None:
                return []
            requested = SentinelRequested(
                account_id=command.account_id,
                sentinel=command.sentinel,
                requested_at=command.now,
            )
            return [requested]
        case PauseAccount():
            if state.fault is not None:
                return []
            probe_at = command.now + _FIRST_PROBE
            paused = AccountPaused(
                account_id=command.account_id, fault=command.fault, next_probe_at=probe_at
            )
            return [paused]
        case RecordProbe():
            return _probed(command, state)
        case _:
            assert_never(command)


def _probed(command: RecordProbe, state: Account) -> Sequence[Event]:
    if command.fault is not None:
        pause = min(_FIRST_PROBE * 2.0 ** min(state.probes, 10), _LONGEST_PAUSE)
        event = AccountPaused if state.fault is None else AccountProbed
        probe_at = command.now + pause
        return [event(account_id=command.account_id, fault=command.fault, next_probe_at=probe_at)]
    if not command.sentinel_found:
        # Another account may answer. A server missing there may still exist in ours (H5).
        if state.proof_failed and state.due is not None and state.due > command.now:
            return []  # many polls find this together; only one of them records it
        prove_at = command.now + _PROVE_AGAIN
        return [AccountProofFailed(account_id=command.account_id, next_probe_at=prove_at)]
    events: list[Event] = []
    if not state.proven or state.proof_failed:
        events.append(AccountProven(account_id=command.account_id, sentinel=state.sentinel or ""))
    if state.fault is not None:
        events.append(AccountResumed(account_id=command.account_id))
    return events


def evolve(state: Account, event: Event) -> Account:
    match event:
        case SentinelRequested(account_id=id_, sentinel=sentinel, requested_at=at):
            return replace(state, account_id=id_, sentinel=sentinel, due=at)
        case AccountPaused(account_id=id_, fault=fault, next_probe_at=at):
            return replace(state, account_id=id_, fault=fault, due=at)
        case AccountProbed(fault=fault, next_probe_at=at):
            return replace(state, fault=fault, due=at, probes=state.probes + 1)
        case AccountProven():
            due = state.due if state.fault is not None else None
            return replace(state, proven=True, proof_failed=False, due=due)
        case AccountProofFailed():
            return replace(state, proof_failed=True, due=event.next_probe_at)
        case AccountResumed():
            return replace(state, fault=None, probes=0, due=None)
        case _:
            raise TypeError(f"{type(event).__name__} is no event of an account")


ACCOUNT: Decider[Command, Account] = Decider(
    category=CATEGORY,
    initial=Account(),
    decide=decide,
    evolve=evolve,
    due_at=lambda state: state.due,
    state_type=Account,
)
