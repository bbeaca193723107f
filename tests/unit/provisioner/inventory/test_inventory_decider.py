"""Orphans of an account, and whether its list can be read."""

from slipway.contracts.vps import InventoryFailed, InventoryRecovered, OrphanGone, ServerOrphaned
from slipway.provisioner.inventory.decider import INVENTORY, RecordList, RecordListFailure

from tests.support.dsl.deciding import given
from tests.support.dsl.vps_history import fault

ACCOUNT_ID = "hetzner/main"


def listed(**orphans: str) -> RecordList:
    return RecordList(ACCOUNT_ID, tuple(orphans.items()))


def test_an_orphan_is_reported_once_and_again_when_it_is_gone() -> None:
    given(INVENTORY).when(listed(a="slw-a")).then_types(ServerOrphaned)
    before = given(INVENTORY).after([listed(a="slw-a")])
    before.when(listed(a="slw-a")).then_nothing()
    before.when(listed(b="slw-b")).then_types(ServerOrphaned, OrphanGone)


def test_an_unreadable_list_is_reported_once_and_again_when_it_is_readable() -> None:
    given(INVENTORY).when(RecordListFailure(ACCOUNT_ID, fault())).then_types(InventoryFailed)
    before = given(INVENTORY).after([listed(a="slw-a"), RecordListFailure(ACCOUNT_ID, fault())])
    before.when(RecordListFailure(ACCOUNT_ID, fault())).then_nothing()
    before.when(listed(a="slw-a")).then_types(InventoryRecovered)


def test_an_unreadable_list_ends_no_orphan() -> None:
    before = given(INVENTORY).after([listed(a="slw-a")])
    before.when(RecordListFailure(ACCOUNT_ID, fault())).and_state(
        lambda stock: stock.orphans == ("a",)
    )
