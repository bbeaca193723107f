"""The reconciler with a real driver: it records real drifts only."""

import asyncio

from slipway.contracts import commands
from slipway.contracts.ids import stream_of
from slipway.contracts.subscriptions import Verdict
from slipway.provisioner.inventory.decider import INVENTORY
from slipway.provisioner.specs import parse
from slipway.simulators.cloud.api.create_request import create_request
from slipway.simulators.cloud.entities import Origin, Server
from slipway.simulators.cloud.faults import Fault, FaultKind, Operation

from tests.support.dsl.provisioner import ACCOUNT_ID, INSTALLATION, SPECS, Provisioner, provisioner
from tests.support.dsl.waiting import eventually
from tests.support.servers.drivers import hetzner


async def _takes(here: Provisioner, times: int = 1) -> None:
    for _ in range(times):
        here.clock.forward(60)
        await here.reconciler.reconcile(ACCOUNT_ID, here.driver)


async def _drifts(here: Provisioner) -> tuple[str, ...]:
    return (await here.state()).drifts


def _server(here: Provisioner) -> Server:
    (server,) = here.cloud.servers.values()
    return server


async def _ready(here: Provisioner) -> None:
    await here.switch_to_act()
    await here.ready()


async def test_a_server_deleted_at_the_console_is_missing_and_not_replaced() -> None:
    with provisioner() as here:
        await _ready(here)
        here.cloud.delete_server(_server(here), Origin.CONSOLE)
        await _takes(here, 2)
        assert await _drifts(here) == ("missing",)
        await here.work(300, pace=20)
        assert here.servers_ever_made == 1
        assert (await here.names()).count("VpsDrifted") == 1


async def test_a_server_powered_off_and_on_at_the_console_drifts_until_it_is_on() -> None:
    with provisioner() as here:
        await _ready(here)
        here.cloud.switch(_server(here), Operation.POWER_OFF, Origin.CONSOLE)
        await _takes(here)
        assert await _drifts(here) == ("powered-off",)
        here.cloud.switch(_server(here), Operation.POWER_ON, Origin.CONSOLE)
        await _takes(here)
        assert await _drifts(here) == ()


async def test_a_server_powered_off_at_the_console_is_switched_on_by_a_command() -> None:
    with provisioner() as here:
        await _ready(here)
        here.cloud.switch(_server(here), Operation.POWER_OFF, Origin.CONSOLE)
        await _takes(here)
        vps_id = (await here.state()).vps_id
        await here.admin_sends(commands.SwitchOnVps, vps_id=vps_id)
        await here.work(20)
        assert _server(here).status == "running"
        assert "VpsResumed" in await here.names()
        assert await _drifts(here) == ()
        await _takes(here)
        assert await _drifts(here) == ()


async def test_a_server_that_is_on_or_not_paid_for_is_not_switched_on() -> None:
    with provisioner() as here:
        await _ready(here)
        vps_id = (await here.state()).vps_id
        await here.admin_sends(commands.SwitchOnVps, vps_id=vps_id)
        here.cloud.switch(_server(here), Operation.POWER_OFF, Origin.CONSOLE)
        await _takes(here)
        await here.entitle(Verdict.SUSPENDED)
        await here.admin_sends(commands.SwitchOnVps, vps_id=vps_id)
        names = await here.names()
        assert (names.count("CommandRefused"), names.count("SwitchOnRequested")) == (2, 0)


async def test_labels_changed_at_the_console_drift() -> None:
    with provisioner() as here:
        await _ready(here)
        _server(here).labels = {}
        await _takes(here)
        assert await _drifts(here) == ("labels-changed",)


async def test_a_server_that_a_page_skips_is_read_by_id_and_is_no_drift() -> None:
    with provisioner() as here:
        await _ready(here)
        here.cloud.faults.arm(Fault(FaultKind.MISSING_ROW, Operation.LIST, count=None))
        await _takes(here, 3)
        assert "VpsDrifted" not in await here.names()


async def test_a_server_that_cannot_be_read_ends_no_drift() -> None:
    with provisioner() as here:
        await _ready(here)
        here.cloud.delete_server(_server(here), Origin.CONSOLE)
        await _takes(here)
        here.cloud.faults.arm(Fault(FaultKind.SERVER_ERROR, Operation.GET, count=None))
        await _takes(here)
        assert await _drifts(here) == ("missing",)
        here.cloud.faults.disarm()
        here.cloud.faults.arm(Fault(FaultKind.TOKEN_SWAPPED, count=None))
        await _takes(here)
        assert await _drifts(here) == ("missing",)


async def test_a_token_of_another_project_is_reported_although_no_operation_waits() -> None:
    """Nor are two hundred servers missing from its list read by id every minute."""
    with provisioner() as here:
        await here.switch_to_act()
        for customer in ("ada", "bob", "eve"):
            await here.ready(customer)
        here.cloud.faults.arm(Fault(FaultKind.TOKEN_SWAPPED, count=None))
        await _takes(here)
        assert (await here.account()).proof_failed
        asked = here.cloud.faults.describe()[0]["struck"]
        await _takes(here, 5)
        assert here.cloud.faults.describe()[0]["struck"] == asked
        here.cloud.faults.disarm()
        await here.work(60, pace=5)
        assert (await here.account()).is_usable
        await _takes(here)
        assert await _drifts(here) == ()


async def test_a_step_of_slipway_during_the_list_is_no_drift() -> None:
    with provisioner() as here:
        here.ghl_answers = True
        await _ready(here)
        inventory = here.driver.list_servers

        async def slow(labels: dict[str, str]) -> object:
            rows = await inventory(labels)
            # Slipway powered the server off while the list was on its way.
            here.clock.forward(1)
            await here.entitle(Verdict.SUSPENDED)
            await here.work(3)
            return rows

        here.driver.list_servers = slow  # type: ignore[assignment, method-assign]
        await _takes(here)
        here.driver.list_servers = inventory  # type: ignore[method-assign]
        assert "VpsSuspended" in await here.names()
        assert "VpsDrifted" not in await here.names()


async def test_an_unknown_server_with_our_label_becomes_an_orphan_and_stays() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        labels = {"slipway-installation": INSTALLATION, "slipway-vps": "nobody"}
        body = {"name": "slw-x", "server_type": "cx22", "image": "debian-12", "labels": labels}
        stray, _ = here.cloud.create_server("demo", create_request(body))
        for seconds, orphans in ((0, ()), (10, ()), (30, (str(stray.id),))):
            here.clock.forward(seconds)
            await here.reconciler.reconcile(ACCOUNT_ID, here.driver)
            stock = (await here.store.load(INVENTORY, stream_of("inventory", ACCOUNT_ID))).state
            assert stock.orphans == orphans
        assert stray.exists


async def test_a_second_server_of_a_vps_is_reported() -> None:
    with provisioner() as here:
        await _ready(here)
        body = {"name": "twin", "server_type": "cx22", "image": "debian-12"}
        twin, _ = here.cloud.create_server("demo", create_request(body))
        twin.labels = dict(_first(here).labels)
        await _takes(here)
        assert await _drifts(here) == ("duplicate",)


def _first(here: Provisioner) -> Server:
    return next(iter(here.cloud.servers.values()))


async def test_a_paused_account_is_not_listed_and_opens_no_second_incident() -> None:
    with provisioner() as here:
        await _ready(here)
        here.cloud.faults.arm(Fault(FaultKind.DOWN, count=None))
        await here.pays("bob")
        await here.work(5)
        await _takes(here, 3)
        assert await here.store.read(stream_of("inventory", ACCOUNT_ID)) == []


async def test_the_fleet_counts_the_servers_of_all_accounts() -> None:
    with provisioner() as here:
        await _ready(here)
        await _takes(here)
        await here.reconciler.reconcile("hetzner/second", here.driver)
        assert here.reconciler.fleet_size == 1


async def test_a_slow_account_delays_no_other_accounts_inventory() -> None:
    with provisioner() as here:
        patient = hetzner(here.served, answer_seconds=600)
        here.start(parse(SPECS), {"hetzner/slow": patient, ACCOUNT_ID: here.driver})
        labels = {"slipway-installation": INSTALLATION, "slipway-vps": "nobody"}
        body = {"name": "slw-x", "server_type": "cx22", "image": "debian-12", "labels": labels}
        here.cloud.create_server("demo", create_request(body))
        here.cloud.faults.arm(Fault(FaultKind.SLOW, Operation.LIST, seconds=600))
        here.reconciler._every_seconds = 0.05
        running = asyncio.create_task(here.reconciler.run())

        async def told() -> bool:
            here.clock.forward(60)
            stock = await here.store.load(INVENTORY, stream_of("inventory", ACCOUNT_ID))
            return bool(stock.state.orphans)

        try:
            await eventually(told)
            assert here.cloud.delays.held == 1
        finally:
            running.cancel()
            here.cloud.delays.release()
