"""H14: a lookup that finds nothing yet leads to no second server."""

from datetime import timedelta
from itertools import pairwise

from slipway.contracts import vps
from slipway.contracts.subscriptions import CheckAnswer
from slipway.provisioner.providers.deadline import boot_time
from slipway.provisioner.vps.naming import ExternalName, external_name
from slipway.simulators.cloud.faults import Fault, FaultKind, Operation

from tests.support.dsl.provisioner import Provisioner, provisioner

LOST = Fault(FaultKind.LOST_REPLY, Operation.CREATE)


async def _looks_before_second_attempt(here: Provisioner) -> tuple[int, float]:
    looks, since, took = 0, here.now, 0.0
    for event in await here.events():
        if isinstance(event, vps.AttemptOutcomeUnknown):
            assert event.decided_at is not None
            since = event.decided_at
        if isinstance(event, vps.ServerLookedUp) and event.provider_id is None:
            looks += 1
        if isinstance(event, vps.AttemptStarted) and event.attempt == 2:
            assert event.decided_at is not None
            took = (event.decided_at - since).total_seconds()
    return looks, took


async def test_h14_a_lost_reply_is_followed_by_a_lookup_that_finds_the_server() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        here.cloud.faults.arm(LOST)
        await here.pays()
        await here.work(20)
        assert here.servers_ever_made == 1
        assert (await here.names())[-1] == "VpsReady"


async def test_h14_a_lagging_list_leads_to_no_second_server() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        here.cloud.faults.arm(LOST)
        here.cloud.faults.arm(
            Fault(FaultKind.STALE_LIST, Operation.LIST, count=None, for_seconds=25, seconds=25)
        )
        await here.pays()
        await here.work(90)
        assert here.servers_ever_made == 1
        assert (await here.names())[-1] == "VpsReady"


async def test_h14_an_absence_is_believed_after_the_settle_window_and_three_spaced_lookups() -> (
    None
):
    with provisioner() as here:
        await here.switch_to_act()
        here.cloud.faults.arm(Fault(FaultKind.SERVER_ERROR, Operation.CREATE))
        await here.pays()
        await here.work(120)
        looks, took = await _looks_before_second_attempt(here)
        assert looks >= 2
        assert took >= here.driver.settle.total_seconds()
        assert here.servers_ever_made == 1
        assert (await here.names())[-1] == "VpsReady"


async def test_h14_a_cancellation_while_the_outcome_is_unknown_leaves_no_server() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        here.cloud.faults.arm(LOST)
        await here.pays()
        await here.work()
        await here.cancels()
        await here.work(5)
        # The server that was created after all is found; its deletion needs a confirmation.
        assert here.servers_ever_made == 1
        assert "ReleaseRequested" in await here.names()


async def test_h14_an_existing_server_is_taken_over_without_a_create() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        record = await here.pays()
        vps_id = (await here.state()).vps_id
        called = external_name("test", vps_id, 1)
        spec = (await here.state()).spec
        assert spec is not None
        await here.driver.create(
            spec, ExternalName(called.name, called.labels), "fsn1", boot_time() + 5
        )
        await here.subscriptions.on_subscription(record)
        await here.work(10)
        names = await here.names()
        assert "AttemptOutcomeUnknown" not in names
        assert (here.servers_ever_made, names[-1]) == (1, "VpsReady")


async def test_h14_without_a_settle_window_it_still_takes_three_spaced_lookups() -> None:
    with provisioner() as here:
        here.driver.settle = timedelta()
        await here.switch_to_act()
        here.cloud.faults.arm(Fault(FaultKind.SERVER_ERROR, Operation.CREATE))
        await here.pays()
        await here.work(60)
        looks, took = await _looks_before_second_attempt(here)
        assert looks >= 2, "the third look is the one that is believed"
        assert took >= 4


async def test_h14_lookups_are_seconds_apart() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        here.cloud.faults.arm(Fault(FaultKind.SERVER_ERROR, Operation.CREATE))
        await here.pays()
        await here.work(40)
        looked = [
            e.decided_at
            for e in await here.events()
            if isinstance(e, vps.ServerLookedUp) and e.decided_at
        ]
        gaps = [later - earlier for earlier, later in pairwise(looked)]
        assert gaps
        assert min(gaps) >= timedelta(seconds=2)


async def test_h14_a_deletion_without_an_answer_is_believed_after_the_settle_window() -> None:
    """The deletion was not acknowledged, so the first 404 proves nothing."""
    with provisioner() as here:
        await here.switch_to_act()
        await here.ready()
        await here.cancels()
        await here.work(1)
        here.cloud.faults.arm(Fault(FaultKind.LOST_REPLY, Operation.DELETE))
        await here.confirmation_answered(CheckAnswer.CONFIRMED)
        await here.work(25)
        assert (here.servers_alive, "VpsDeleted" in await here.names()) == (0, False)
        await here.work(30)
        assert "VpsDeleted" in await here.names()


async def _dying(here: Provisioner, seconds: float) -> str:
    """Creates a server with the name and labels of Ada's next one, and starts to delete it."""
    await here.switch_to_act()
    await here.pays("bob")
    spec = (await here.state("bob")).spec
    assert spec is not None
    called = external_name("test", "locTEST:ada-1", 1)
    made = await here.driver.create(
        spec, ExternalName(called.name, called.labels), "fsn1", boot_time() + 5
    )
    here.cloud.faults.arm(Fault(FaultKind.SLOW_DELETE, Operation.DELETE, seconds=seconds))
    assert made.provider_id is not None
    await here.driver.delete(made.provider_id, called.labels, boot_time() + 5)
    return made.provider_id


async def test_h14_a_server_being_deleted_is_not_taken_over_and_its_name_is_awaited() -> None:
    with provisioner() as here:
        dying = await _dying(here, seconds=90)
        await here.pays("ada")
        await here.work(60)
        assert (await here.state("ada")).server is None
        await here.work(120)
        assert (await here.names("ada"))[-1] == "VpsReady"
        server = (await here.state("ada")).server
        assert server is not None
        assert server.provider_id != dying


async def test_h14_a_name_held_by_a_server_being_deleted_that_no_list_shows_is_awaited() -> None:
    with provisioner() as here:
        dying = await _dying(here, seconds=20)
        here.cloud.faults.arm(
            Fault(FaultKind.STALE_LIST, Operation.LIST, count=None, for_seconds=50, seconds=3600)
        )
        await here.pays("ada")
        await here.work(120)
        assert (await here.names("ada"))[-1] == "VpsReady"
        server = (await here.state("ada")).server
        assert server is not None
        assert server.provider_id != dying


async def test_h14_a_server_whose_deletion_never_ends_parks_the_operation() -> None:
    with provisioner() as here:
        await _dying(here, seconds=7200)
        await here.pays("ada")
        await here.work(1800, pace=5)
        assert (await here.names("ada"))[-1] == "OperationParked"
        assert (await here.state("ada")).server is None


def test_h14_each_generation_has_its_own_name_and_key() -> None:
    """The old server may still be being deleted when the next one is created."""
    one, two = (external_name("test", "locTEST:ada-1", number) for number in (1, 2))
    assert one.name != two.name
    assert one.labels["slipway-key"] != two.labels["slipway-key"]
