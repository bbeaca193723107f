"""What an account's list shows beside our VPSs."""

from slipway.contracts.vps import InventoryFailed, InventoryRecovered, OrphanGone, ServerOrphaned
from slipway.provisioner.inventory.decider import STOCK, Listed, NotListed

from tests.support.dsl.deciding import given
from tests.support.dsl.vps_history import fault

ACCOUNT = "hetzner/main"


def listed(**orphans: str) -> Listed:
    return Listed(ACCOUNT, tuple(orphans.items()))


def test_an_orphan_is_told_once_and_when_it_is_gone() -> None:
    given(STOCK).when(listed(a="slw-a")).then_types(ServerOrphaned)
    before = given(STOCK).after([listed(a="slw-a")])
    before.when(listed(a="slw-a")).then_nothing()
    before.when(listed(b="slw-b")).then_types(ServerOrphaned, OrphanGone)


def test_a_list_that_can_not_be_read_is_told_once_and_when_it_can() -> None:
    given(STOCK).when(NotListed(ACCOUNT, fault())).then_types(InventoryFailed)
    before = given(STOCK).after([listed(a="slw-a"), NotListed(ACCOUNT, fault())])
    before.when(NotListed(ACCOUNT, fault())).then_nothing()
    before.when(listed(a="slw-a")).then_types(InventoryRecovered)


def test_a_list_that_can_not_be_read_ends_no_orphan() -> None:
    before = given(STOCK).after([listed(a="slw-a")])
    before.when(NotListed(ACCOUNT, fault())).and_state(lambda stock: stock.orphans == ("a",))
