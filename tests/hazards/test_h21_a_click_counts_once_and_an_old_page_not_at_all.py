"""H21: "create" clicked twice counts once; "delete" from an old page is refused."""

from typing import Any

from slipway.contracts import commands, vps
from slipway.contracts.subscriptions import Verdict
from slipway.provisioner.safety.destruction_brake import STREAM as BRAKE
from slipway.provisioner.safety.destruction_brake import Limits

from tests.support.builders.entitlements import LOCATION
from tests.support.dsl.provisioner import Provisioner, provisioner


async def test_h21_the_same_command_twice_is_done_once() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        await here.ready()
        vps_id = (await here.state()).vps_id
        for _ in range(2):
            await here.admin_sends(commands.HoldVps, vps_id=vps_id, command_id="click-1")
        names = await here.names()
        assert names.count("VpsHeld") == 1
        assert "CommandRefused" not in names


async def test_h21_a_command_that_comes_again_after_many_others_is_done_once() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        await here.ready()
        vps_id = (await here.state()).vps_id
        sent: list[str] = []
        for number in range(20):
            cls = commands.ReleaseHold if number % 2 else commands.HoldVps
            sent.append(await here.admin_sends(cls, vps_id=vps_id))
        before = await here.names()
        for number, command_id in enumerate(sent):
            cls = commands.ReleaseHold if number % 2 else commands.HoldVps
            await here.admin_sends(cls, vps_id=vps_id, command_id=command_id)
        assert await here.names() == before
        assert before.count("VpsHeld") == 10


async def test_h21_a_delete_from_a_page_older_than_the_entitlement_is_refused() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        await here.ready()
        seen = len(await here.events())
        await here.cancels()
        await here.pays()
        state = await here.state()
        name = state.server.name if state.server else ""
        await here.admin_sends(
            commands.DeleteVps, vps_id=state.vps_id, seen_version=seen, override_name=name
        )
        await here.work(60, pace=5)
        assert "CommandRefused" in await here.names()
        assert here.servers_alive == 1


async def test_h21_a_delete_by_name_from_a_fresh_page_needs_no_confirmation() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        await here.ready()
        state = await here.state()
        name = state.server.name if state.server else ""
        seen = len(await here.events())
        await here.admin_sends(
            commands.DeleteVps, vps_id=state.vps_id, seen_version=seen, override_name=name
        )
        await here.work(10)
        assert here.servers_alive == 0


async def test_h21_a_delete_with_a_mistyped_name_is_refused() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        await here.ready()
        vps_id = (await here.state()).vps_id
        await here.admin_sends(commands.DeleteVps, vps_id=vps_id, override_name="another")
        await here.work(10)
        assert here.servers_alive == 1
        assert "CommandRefused" in await here.names()


async def _kinds(here: Provisioner, stream: str) -> list[type[Any]]:
    return [type(record.event) for record in await here.store.read(stream)]


async def test_h21_a_reset_of_the_brake_clicked_twice_resets_once() -> None:
    """The second reset would release a brake that has engaged again in between."""
    with provisioner(limits=Limits(floor=1, share=0.0)) as here:
        here.ghl_answers = True
        await here.switch_to_act()
        for customer in ("ada", "bob"):
            await here.ready(customer)
        for customer in ("ada", "bob"):
            await here.entitle(Verdict.SUSPENDED, customer)
        await here.work(10, pace=2)
        for _ in range(2):
            await here.admin_sends(commands.ResetBrake, command_id="click-1")
        kinds = await _kinds(here, BRAKE)
        assert kinds.count(vps.BrakeReset) == 1
        assert commands.CommandRefused not in kinds


async def test_h21_a_mode_clicked_twice_is_set_once() -> None:
    """If it counted again after another admin's command, it would undo that."""
    with provisioner() as here:
        for mode, click in (("act", "one"), ("observe", "two"), ("act", "one")):
            await here.admin_sends(
                commands.SetLocationMode, location_id=LOCATION, mode=mode, command_id=click
            )
        kinds = await _kinds(here, f"location-{LOCATION}")
        assert kinds.count(vps.LocationModeSet) == 2
        await here.pays()
        await here.work(10)
        assert here.servers_ever_made == 0
