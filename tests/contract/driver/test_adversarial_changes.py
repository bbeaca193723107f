"""Adversarial behaviours 11 to 15 and refused tokens: after the create, in deletes and in lists.

The numbers are those of `test_adversarial_creates`, which says what is left out and why.
"""

from typing import Any

import pytest
from slipway.contracts.ids import stream_of
from slipway.contracts.vps import (
    AccountPaused,
)
from slipway.provisioner.inventory.decider import INVENTORY
from slipway.simulators.cloud.entities import Origin
from slipway.simulators.cloud.faults import Fault, FaultKind, Operation

from tests.support.dsl.adversarial_provider import (
    CREATE,
    DELETE,
    FOR_GOOD,
    arm,
    bought,
    cancelled,
    creates,
    one_server,
    ready,
)
from tests.support.dsl.provisioner import ACCOUNT_ID, Provisioner, provisioner
from tests.support.servers.drivers import DRIVERS


async def test_11_a_server_accepted_and_then_gone_is_created_once_more(here: Provisioner) -> None:
    arm(here, FaultKind.SLOW_BOOT, seconds=60)
    await here.switch_to_act()
    await here.pays()
    await here.work(2)
    (server,) = here.cloud.servers.values()
    here.cloud.delete_server(server, Origin.CONSOLE)
    await here.work(120)
    assert here.servers_ever_made == 2
    await ready(here)


async def test_12_gone_before_the_delete_went_out(here: Provisioner) -> None:
    await bought(here, 20)
    (server,) = here.cloud.servers.values()
    here.cloud.delete_server(server, Origin.CONSOLE)
    assert (await cancelled(here)).by_admin is True


async def test_12_deleted_and_the_answer_lost(here: Provisioner) -> None:
    await bought(here, 20)
    arm(here, FaultKind.LOST_REPLY, DELETE)
    assert (await cancelled(here)).by_admin is False


async def test_12_a_delete_whose_action_fails_is_repeated(here: Provisioner) -> None:
    await bought(here, 20)
    arm(here, FaultKind.ACTION_ERROR, DELETE)
    await cancelled(here)


async def test_13_a_body_cut_in_the_middle(here: Provisioner) -> None:
    arm(here, FaultKind.BROKEN_BODY, CREATE)
    await bought(here)
    await one_server(here)
    assert await creates(here) == 1


async def test_13_lookups_that_cannot_be_read(here: Provisioner) -> None:
    await here.switch_to_act()
    await here.pays()
    await here.work()
    arm(here, FaultKind.BROKEN_BODY, Operation.GET, count=3)
    arm(here, FaultKind.ERROR_AFTER_WORK, Operation.LIST, count=3)
    await here.work(90)
    await one_server(here)


async def test_14_a_boot_of_a_quarter_of_an_hour_is_waited_for(here: Provisioner) -> None:
    arm(here, FaultKind.SLOW_BOOT, seconds=900)
    await bought(here, 960, pace=10)
    await one_server(here)


async def test_14_a_server_that_never_boots_is_replaced(here: Provisioner) -> None:
    arm(here, FaultKind.SLOW_BOOT, seconds=10**6)
    await bought(here, 2000, pace=20)
    assert here.servers_ever_made == 2
    await ready(here)


async def takes_stock(here: Provisioner, times: int = 3) -> None:
    for _ in range(times):
        here.clock.forward(60)
        await here.reconciler.reconcile(ACCOUNT_ID, here.driver)
        await here.work()


async def nothing_concluded(here: Provisioner) -> None:
    assert not {"VpsDrifted", "VpsDeleted"} & set(await here.names())
    stock = (await here.store.load(INVENTORY, stream_of("inventory", ACCOUNT_ID))).state
    assert stock.orphans == ()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.SERVER_ERROR, Operation.LIST, count=None),
        Fault(FaultKind.BROKEN_BODY, Operation.LIST, count=None),
        Fault(FaultKind.MISSING_ROW, Operation.LIST, count=None),
        Fault(FaultKind.TOKEN_SWAPPED, Operation.LIST, count=None),
        Fault(FaultKind.STALE_LIST, Operation.LIST, count=None, seconds=7200),
    ],
    ids=["a page fails", "a page is cut", "a row moves", "empty", "older than the server"],
)
async def test_15_a_wrong_list_concludes_nothing(here: Provisioner, fault: Fault) -> None:
    await bought(here, 20)
    here.cloud.faults.arm(fault)
    await takes_stock(here)
    await nothing_concluded(here)
    assert (here.servers_alive, here.servers_ever_made) == (1, 1)


async def test_15_a_list_that_still_shows_a_deleted_server_makes_no_orphan(
    here: Provisioner,
) -> None:
    await bought(here, 20)
    await here.reconciler.reconcile(ACCOUNT_ID, here.driver)
    await cancelled(here, 10)
    arm(here, FaultKind.STALE_LIST, Operation.LIST, seconds=20, **FOR_GOOD)
    for _ in range(2):
        await here.reconciler.reconcile(ACCOUNT_ID, here.driver)
        here.clock.forward(10)
    stock = (await here.store.load(INVENTORY, stream_of("inventory", ACCOUNT_ID))).state
    assert stock.orphans == ()


@pytest.mark.parametrize("ahead", [600.0, -600.0], ids=["ahead", "behind"])
@pytest.mark.parametrize("connect", DRIVERS.values(), ids=list(DRIVERS))
async def test_15_the_clouds_clock_decides_nothing(connect: Any, ahead: float) -> None:
    with provisioner(connect=connect, cloud_ahead_seconds=ahead) as here:
        arm(here, FaultKind.LOST_REPLY, CREATE)
        await bought(here)
        await one_server(here)
        await cancelled(here)


async def test_a_read_only_token_pauses_the_account_and_parks_no_operation(
    here: Provisioner,
) -> None:
    await here.switch_to_act()
    await here.work(1)
    armed = arm(here, FaultKind.TOKEN_READONLY, **FOR_GOOD)
    for customer in ("ada", "bob", "eve"):
        await here.pays(customer)
    await here.work(600, pace=10)
    records = await here.store.read(stream_of("account", ACCOUNT_ID))
    assert sum(isinstance(record.event, AccountPaused) for record in records) == 1
    assert here.servers_ever_made == 0
    here.cloud.faults.disarm(armed)
    await here.work(60, pace=2)
    assert (here.servers_alive, here.servers_ever_made) == (3, 3)


async def test_a_token_revoked_while_running_pauses_the_account_and_loses_no_vps(
    here: Provisioner,
) -> None:
    arm(here, FaultKind.SLOW_BOOT, seconds=30, **FOR_GOOD)
    await here.switch_to_act()
    for customer in ("ada", "bob"):
        await here.pays(customer)
    await here.work(3)
    armed = arm(here, FaultKind.TOKEN_REVOKED, **FOR_GOOD)
    await here.pays("eve")
    await here.work(120, pace=5)
    records = await here.store.read(stream_of("account", ACCOUNT_ID))
    assert sum(isinstance(record.event, AccountPaused) for record in records) == 1
    here.cloud.faults.disarm(armed)
    await here.work(120, pace=2)
    assert (here.servers_alive, here.servers_ever_made) == (3, 3)
    for customer in ("ada", "bob", "eve"):
        assert "OperationParked" not in await here.names(customer)
