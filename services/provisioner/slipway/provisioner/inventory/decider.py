"""Decider of an account's inventory.

Records the servers that belong to no VPS, and whether the provider's list of servers can be read.
"""

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
class RecordList:
    """Records a list of servers that was read completely."""

    account_id: str
    orphans: tuple[tuple[str, str], ...]
    """Provider id and name of each server that belongs to no VPS."""


@dataclass(frozen=True)
class RecordListFailure:
    account_id: str
    fault: Fault


Command = RecordList | RecordListFailure


@dataclass(frozen=True)
class AccountInventory:
    orphans: tuple[str, ...] = ()
    failed: bool = False


def decide(command: Command, state: AccountInventory) -> Sequence[Event]:
    match command:
        case RecordListFailure():
            if state.failed:
                return []
            return [InventoryFailed(account_id=command.account_id, fault=command.fault)]
        case RecordList():
            return _listed(command, state)
        case _:
            assert_never(command)


def _listed(command: RecordList, state: AccountInventory) -> Sequence[Event]:
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


def evolve(state: AccountInventory, event: Event) -> AccountInventory:
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


INVENTORY: Decider[Command, AccountInventory] = Decider(
    category="inventory",
    initial=AccountInventory(),
    decide=decide,
    evolve=evolve,
    state_type=AccountInventory,
)
