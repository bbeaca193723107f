"""Decider of an account: paused by one fault for all (H31), proven by its sentinel key (H5).

`probing` makes its commands: when `worker` suspects the account, and when a probe is due.
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

_FIRST_PROBE = timedelta(seconds=2)
_LONGEST_PROBE = timedelta(seconds=30)
_DOUBT_AGAIN = timedelta(seconds=30)


@dataclass(frozen=True)
class OrderSentinel:
    """A location that uses the account acts."""

    account_id: str
    sentinel: str
    now: datetime


@dataclass(frozen=True)
class Pause:
    account_id: str
    fault: Fault
    now: datetime


@dataclass(frozen=True)
class Probed:
    """What a probe found: a fault, or whether the sentinel is there."""

    account_id: str
    fault: Fault | None
    sentinel_there: bool
    now: datetime


Command = OrderSentinel | Pause | Probed


@dataclass(frozen=True)
class Scope:
    account_id: str = ""
    sentinel: str | None = None
    proven: bool = False
    """The sentinel was made here and seen."""
    doubted: bool = False
    """It was seen once and no longer is: another account answers."""
    fault: Fault | None = None
    """Why it is paused; None: it isn't."""
    probes: int = 0
    due: datetime | None = None

    @property
    def open_for_work(self) -> bool:
        return self.proven and not self.doubted and self.fault is None


def decide(command: Command, state: Scope) -> Sequence[Event]:
    match command:
        case OrderSentinel():
            if state.sentinel is not None:
                return []
            return [
                SentinelRequested(
                    account_id=command.account_id,
                    sentinel=command.sentinel,
                    requested_at=command.now,
                )
            ]
        case Pause():
            if state.fault is not None:
                return []
            soon = command.now + _FIRST_PROBE
            return [
                AccountPaused(
                    account_id=command.account_id, fault=command.fault, next_probe_at=soon
                )
            ]
        case Probed():
            return _probed(command, state)
        case _:
            assert_never(command)


def _probed(command: Probed, state: Scope) -> Sequence[Event]:
    if command.fault is not None:
        wait = min(_FIRST_PROBE * 2.0 ** min(state.probes, 10), _LONGEST_PROBE)
        later = command.now + wait
        event = AccountPaused if state.fault is None else AccountProbed
        return [event(account_id=command.account_id, fault=command.fault, next_probe_at=later)]
    if not command.sentinel_there:
        # The wrong account answers: nothing that is missing here is missing (H5).
        if state.doubted and state.due is not None and state.due > command.now:
            return []  # many looks find the same at once; one says so
        later = command.now + _DOUBT_AGAIN
        return [AccountProofFailed(account_id=command.account_id, next_probe_at=later)]
    events: list[Event] = []
    if not state.proven or state.doubted:
        events.append(AccountProven(account_id=command.account_id, sentinel=state.sentinel or ""))
    if state.fault is not None:
        events.append(AccountResumed(account_id=command.account_id))
    return events


def evolve(state: Scope, event: Event) -> Scope:
    match event:
        case SentinelRequested():
            return replace(
                state, account_id=event.account_id, sentinel=event.sentinel, due=event.requested_at
            )
        case AccountPaused():
            return replace(
                state, account_id=event.account_id, fault=event.fault, due=event.next_probe_at
            )
        case AccountProbed():
            probes = state.probes + 1
            return replace(state, fault=event.fault, due=event.next_probe_at, probes=probes)
        case AccountProven():
            due = state.due if state.fault is not None else None
            return replace(state, proven=True, doubted=False, due=due)
        case AccountProofFailed():
            return replace(state, doubted=True, due=event.next_probe_at)
        case AccountResumed():
            return replace(state, fault=None, probes=0, due=None)
        case _:
            raise TypeError(f"{type(event).__name__} is no event of a scope")


SCOPE: Decider[Command, Scope] = Decider(
    category="scope",
    initial=Scope(),
    decide=decide,
    evolve=evolve,
    due_at=lambda state: state.due,
    state_type=Scope,
)
