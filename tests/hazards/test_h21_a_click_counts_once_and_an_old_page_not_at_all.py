"""H21: "create" clicked twice after a time-out is once; "delete" from an old page is refused."""

from slipway.contracts import commands

from tests.support.provisioning import provisioner


async def test_h21_the_same_command_twice_is_done_once() -> None:
    with provisioner() as here:
        await here.act()
        await here.ready()
        vps_id = (await here.state()).vps_id
        for _ in range(2):
            await here.order(commands.HoldVps, vps_id=vps_id, command_id="click-1")
        names = await here.names()
        assert names.count("VpsHeld") == 1
        assert "CommandRefused" not in names


async def test_h21_a_delete_from_a_page_older_than_the_entitlement_is_refused() -> None:
    with provisioner() as here:
        await here.act()
        await here.ready()
        seen = len(await here.events())
        await here.cancels()
        await here.pays()
        state = await here.state()
        name = state.server.name if state.server else ""
        await here.order(
            commands.DeleteVps, vps_id=state.vps_id, seen_version=seen, override_name=name
        )
        await here.work(60, pace=5)
        assert "CommandRefused" in await here.names()
        assert here.alive == 1


async def test_h21_a_delete_by_name_from_a_fresh_page_needs_no_second_key() -> None:
    with provisioner() as here:
        await here.act()
        await here.ready()
        state = await here.state()
        name = state.server.name if state.server else ""
        seen = len(await here.events())
        await here.order(
            commands.DeleteVps, vps_id=state.vps_id, seen_version=seen, override_name=name
        )
        await here.work(10)
        assert here.alive == 0


async def test_h21_a_delete_with_a_mistyped_name_is_refused() -> None:
    with provisioner() as here:
        await here.act()
        await here.ready()
        vps_id = (await here.state()).vps_id
        await here.order(commands.DeleteVps, vps_id=vps_id, override_name="another")
        await here.work(10)
        assert here.alive == 1
        assert "CommandRefused" in await here.names()
