"""Decider of what an account's list shows beside our VPSs: orphans, and whether it can be read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from slipway.contracts.envelope import Event
from slipway.contracts.vps import (
    Fault,
    InventoryFailed,
    InventoryRecovered,
    OrphanGone,
    ServerOrphaned,
)
from slipway.eventstore.decider import Decider


@dataclass(frozen=True)
class Listed:
    """A whole list, and which of its servers nobody knows: provider id to name."""

    account_id: str
    orphans: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class NotListed:
    account_id: str
    fault: Fault


Command = Listed | NotListed


@dataclass(frozen=True)
class Stock:
    orphans: tuple[str, ...] = ()
    failed: bool = False


def decide(command: Command, state: Stock) -> Sequence[Event]:
    match command:
        case NotListed():
            if state.failed:
                return []
            return [InventoryFailed(account_id=command.account_id, fault=command.fault)]
        case Listed():
            return _listed(command, state)
        case _:
            assert_never(command)


def _listed(command: Listed, state: Stock) -> Sequence[Event]:
    found = dict(command.orphans)
    account_id = command.account_id
    events: list[Event] = [InventoryRecovered(account_id=account_id)] if state.failed else []
    events += [
        ServerOrphaned(account_id=account_id, provider_id=id_, name=name)
        for id_, name in found.items()
        if id_ not in state.orphans
    ]
    gone = [id_ for id_ in state.orphans if id_ not in found]
    return events + [OrphanGone(account_id=account_id, provider_id=id_) for id_ in gone]


def evolve(state: Stock, event: Event) -> Stock:
    match event:
        case ServerOrphaned(provider_id=id_):
            return replace(state, orphans=(*state.orphans, id_))
        case OrphanGone(provider_id=id_):
            return replace(state, orphans=tuple(each for each in state.orphans if each != id_))
        case InventoryFailed():
            return replace(state, failed=True)
        case InventoryRecovered():
            return replace(state, failed=False)
        case _:
            raise TypeError(f"{type(event).__name__} is no event of an inventory")


STOCK: Decider[Command, Stock] = Decider(
    category="inventory",
    initial=Stock(),
    decide=decide,
    evolve=evolve,
    state_type=Stock,
)
