"""Adversarial behaviours 1 to 10: a provisioner with each driver still creates exactly one server.

The numbers identify the behaviours of the driver contract. Two are left out. 12's primary IP cannot
stay, because ours is created and deleted with the server. 14's `BUILD` cannot end in `ERROR`,
because Hetzner has no such state; a failed action is covered by 7 and 8.
"""

import pytest
from slipway.contracts import commands
from slipway.contracts.ids import stream_of
from slipway.contracts.vps import (
    AccountPaused,
    OperationParked,
    VpsReady,
)
from slipway.provisioner.vps.naming import external_name
from slipway.simulators.cloud.api.create_request import create_request
from slipway.simulators.cloud.faults import FaultKind, Operation

from tests.support.dsl.adversarial_provider import (
    CREATE,
    FOR_GOOD,
    arm,
    bought,
    cancelled,
    creates,
    one_server,
    ready,
)
from tests.support.dsl.provisioner import ACCOUNT_ID, INSTALLATION, Provisioner, provisioner
from tests.support.servers.drivers import impatient


async def test_01_creates_and_never_answers(here: Provisioner) -> None:
    arm(here, FaultKind.LOST_REPLY, CREATE)
    await bought(here)
    await one_server(here)
    assert await creates(here) == 1


async def test_01_creates_and_answers_after_our_time_out() -> None:
    with provisioner(connect=impatient) as here:
        await here.switch_to_act()
        await here.work(1)
        arm(here, FaultKind.SLOW, CREATE, seconds=1.0)
        await here.pays()
        await here.work(90)
        await one_server(here)


async def test_02_creates_and_answers_with_an_error(here: Provisioner) -> None:
    arm(here, FaultKind.ERROR_AFTER_WORK, CREATE)
    await bought(here)
    await one_server(here)
    assert await creates(here) == 1


async def test_03_the_name_is_taken_by_our_own_earlier_attempt(here: Provisioner) -> None:
    """The search before the second create finds nothing yet."""
    arm(here, FaultKind.LOST_REPLY, CREATE)
    arm(here, FaultKind.STALE_LIST, Operation.LIST, for_seconds=45, seconds=3600, **FOR_GOOD)
    await bought(here, 180)
    await one_server(here)
    assert await creates(here) == 2


async def test_03_the_name_is_taken_by_an_unknown_server(here: Provisioner) -> None:
    await here.switch_to_act()
    await here.pays()
    named = external_name(INSTALLATION, (await here.state()).vps_id, 1)
    body = {"name": named.name, "server_type": "cx22", "image": "debian-12"}
    stranger, _ = here.cloud.create_server("demo", create_request(body))
    await here.work(180)
    assert here.servers_ever_made == 1
    assert stranger.exists
    assert stranger.labels == {}
    parked = (await here.events())[-1]
    assert isinstance(parked, OperationParked)
    assert parked.fault.code == "uniqueness_error"


async def test_04_a_new_server_is_missing_from_lists_for_a_while(here: Provisioner) -> None:
    arm(here, FaultKind.LOST_REPLY, CREATE)
    arm(here, FaultKind.STALE_LIST, Operation.LIST, for_seconds=28, seconds=28, **FOR_GOOD)
    await bought(here)
    await one_server(here)
    assert await creates(here) == 1


async def test_05_a_lookup_by_id_just_after_the_create_finds_nothing(here: Provisioner) -> None:
    arm(here, FaultKind.STALE_GET, seconds=20, **FOR_GOOD)
    await bought(here)
    await one_server(here)
    assert await creates(here) == 1


async def test_05_a_deletion_meanwhile_does_not_believe_the_early_404(here: Provisioner) -> None:
    arm(here, FaultKind.STALE_GET, seconds=20, **FOR_GOOD)
    await here.switch_to_act()
    await here.pays()
    await here.work(1)
    await cancelled(here)
    assert here.servers_ever_made == 1


async def test_06_locked_for_a_while(here: Provisioner) -> None:
    await bought(here, 20)
    arm(here, FaultKind.LOCKED, count=3)
    await cancelled(here)


async def test_07_08_a_server_whose_start_failed_is_powered_on(here: Provisioner) -> None:
    arm(here, FaultKind.ACTION_ERROR, CREATE)
    await bought(here)
    await one_server(here)


async def test_07_08_a_server_that_never_starts_is_replaced(
    here: Provisioner,
) -> None:
    arm(here, FaultKind.ACTION_ERROR, CREATE)
    arm(here, FaultKind.ACTION_ERROR, Operation.POWER_ON)
    await bought(here)
    assert here.servers_ever_made == 2
    await ready(here)


@pytest.mark.parametrize("seconds", [30.0, 0.0, -60.0], ids=["soon", "now", "in the past"])
async def test_09_a_used_up_rate_limit_is_waited_for_without_a_hot_loop(
    here: Provisioner, seconds: float
) -> None:
    await here.switch_to_act()
    await here.work(1)
    arm(here, FaultKind.RATE_LIMITED, for_seconds=60, seconds=seconds, **FOR_GOOD)
    await here.pays("ada")
    await here.pays("bob")
    await here.work(59)
    struck = here.cloud.faults.describe()[0]["struck"]
    assert isinstance(struck, int)
    assert 1 <= struck <= 60
    assert here.servers_ever_made == 0
    await here.work(90)
    assert (here.servers_alive, here.servers_ever_made) == (2, 2)
    records = await here.store.read(stream_of("account", ACCOUNT_ID))
    assert not any(isinstance(record.event, AccountPaused) for record in records)


async def test_10_without_capacity_in_one_region_the_next_is_used(here: Provisioner) -> None:
    arm(here, FaultKind.NO_CAPACITY, location="fsn1", **FOR_GOOD)
    await bought(here)
    await one_server(here)
    made = next(event for event in await here.events() if isinstance(event, VpsReady))
    assert made.region == "nbg1"


async def test_10_without_capacity_anywhere_the_operation_is_parked_until_a_retry(
    here: Provisioner,
) -> None:
    armed = arm(here, FaultKind.NO_CAPACITY, **FOR_GOOD)
    await bought(here, 300, pace=5)
    assert (await here.names())[-1] == "OperationParked"
    here.cloud.faults.disarm(armed)
    await here.admin_sends(commands.RetryOperation, vps_id=(await here.state()).vps_id)
    await here.work(20)
    await one_server(here)
