"""H3: a delete goes out only on a fresh `gone` from GHL, for the requested nonce."""

from datetime import timedelta

from slipway.contracts import commands
from slipway.contracts.subscriptions import CheckAnswer
from slipway.contracts.vps import OperationKind, ReleaseRequested

from tests.support.dsl.provisioner import Provisioner, provisioner


async def _cancelled(here: Provisioner) -> None:
    await here.switch_to_act()
    await here.ready()
    await here.cancels()
    await here.work(1)
    assert "ReleaseRequested" in await here.names()


async def _deletions_asked(here: Provisioner) -> int:
    events = [each for each in await here.events() if isinstance(each, ReleaseRequested)]
    return sum(each.kind is OperationKind.DELETE for each in events)


async def test_h03_without_an_answer_nothing_is_deleted() -> None:
    with provisioner() as here:
        await _cancelled(here)
        await here.work(600, pace=20)
        assert here.servers_alive == 1


async def test_h03_paying_ends_the_deletion() -> None:
    with provisioner() as here:
        await _cancelled(here)
        await here.confirmation_answered(CheckAnswer.CONTRADICTED)
        await here.work(120, pace=10)
        assert here.servers_alive == 1
        assert "OperationSuperseded" in await here.names()


async def test_h03_an_answer_for_another_nonce_confirms_nothing() -> None:
    with provisioner() as here:
        await _cancelled(here)
        await here.confirmation_answered(CheckAnswer.CONFIRMED, nonce="made-up")
        await here.work(20)
        assert here.servers_alive == 1


async def test_h03_an_answer_that_took_longer_than_two_minutes_confirms_nothing() -> None:
    with provisioner() as here:
        await _cancelled(here)
        # No worker runs meanwhile, so the confirmation is not requested again.
        here.clock.forward(121)
        await here.confirmation_answered(CheckAnswer.CONFIRMED)
        assert "ReleaseAnswered" not in await here.names()
        assert here.servers_alive == 1


async def test_h03_a_confirmation_that_expired_before_the_call_is_requested_again() -> None:
    with provisioner() as here:
        await _cancelled(here)
        await here.confirmation_answered(CheckAnswer.CONFIRMED)
        here.clock.forward(121)
        await here.work(1)
        assert here.servers_alive == 1
        assert (await here.names()).count("ReleaseRequested") == 2
        await here.confirmation_answered(CheckAnswer.CONFIRMED)
        await here.work(5)
        assert here.servers_alive == 0


async def test_h03_an_answer_unknown_for_too_long_is_reported_and_an_admin_may_release() -> None:
    with provisioner() as here:
        await _cancelled(here)
        for _ in range(12):
            await here.confirmation_answered(CheckAnswer.UNKNOWN)
            await here.work(120, pace=30)
        assert "ReleaseStalled" in await here.names()
        assert here.servers_alive == 1
        state = await here.state()
        await here.admin_sends(commands.ReleaseVps, vps_id=state.vps_id)
        await here.work(10)
        assert here.servers_alive == 0


async def test_h03_a_server_that_now_carries_other_labels_is_not_deleted() -> None:
    """Its id was given to another server, or an operator took the server over."""
    with provisioner() as here:
        await _cancelled(here)
        client = here.served.client()
        [server] = client.servers.get_all()
        client.servers.update(server, labels={"owner": "somebody-else"})
        await here.confirmation_answered(CheckAnswer.CONFIRMED)
        await here.work(120, pace=10)
        assert here.servers_alive == 1
        assert "VpsDeleted" not in await here.names()


async def test_h03_no_confirmation_is_requested_before_the_hold_is_over() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        await here.ready()
        here.ghl_answers = True
        await here.cancels(delete_at=here.now + timedelta(minutes=10))
        await here.work(540, pace=20)
        assert "VpsSuspended" in await here.names()
        assert await _deletions_asked(here) == 0
        here.ghl_answers = False
        await here.work(90, pace=10)
        assert await _deletions_asked(here) > 0
        assert here.servers_alive == 1
