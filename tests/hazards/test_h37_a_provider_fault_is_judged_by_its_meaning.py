"""H37: a fault is judged by code and call: regions are left by evidence, and patience is long."""

import pytest
from slipway.contracts import vps
from slipway.contracts.ids import stream_of
from slipway.contracts.subscriptions import Verdict
from slipway.simulators.cloud.faults import Fault, FaultKind, Operation

from tests.support.dsl.provisioner import ACCOUNT_ID, Provisioner, provisioner

CUSTOMERS = [f"customer{number}" for number in range(12)]
CREATE = Operation.CREATE
LIMIT = Fault(
    FaultKind.REFUSED,
    CREATE,
    count=None,
    code="forbidden",
    message="Primary IP limit exceeded",
    status=403,
)
NO_IMAGE = Fault(
    FaultKind.REFUSED, CREATE, count=None, code="not_found", message="image not found", status=404
)


async def _regions(here: Provisioner) -> list[str | None]:
    events = await here.events()
    return [event.region for event in events if isinstance(event, vps.AttemptStarted)]


async def _account_events(here: Provisioner, cls: type) -> int:
    records = await here.store.read(stream_of("account", ACCOUNT_ID))
    return sum(isinstance(record.event, cls) for record in records)


async def test_h37_an_unsupported_location_leads_to_the_next_region() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        text = "unsupported location for server type"
        here.cloud.faults.arm(
            Fault(
                FaultKind.REFUSED,
                CREATE,
                "fsn1",
                count=None,
                code="invalid_input",
                message=text,
            )
        )
        await here.pays()
        await here.work(60)
        assert (await here.names())[-1] == "VpsReady"
        assert await _regions(here) == ["fsn1", "nbg1"]


async def test_h37_a_region_where_servers_vanish_is_left() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        here.cloud.faults.arm(Fault(FaultKind.VANISHES, CREATE, "fsn1", count=None, seconds=2))
        await here.pays()
        await here.work(120)
        assert (await here.names())[-1] == "VpsReady"
        assert await _regions(here) == ["fsn1", "nbg1"]
        assert here.servers_alive == 1


async def test_h37_a_server_that_never_starts_is_replaced_in_the_next_region() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        here.cloud.faults.arm(Fault(FaultKind.ACTION_ERROR, CREATE))
        here.cloud.faults.arm(Fault(FaultKind.ACTION_ERROR, Operation.POWER_ON))
        await here.pays()
        await here.work(120)
        ready = [event for event in await here.events() if isinstance(event, vps.VpsReady)]
        assert [event.region for event in ready] == ["nbg1"]


@pytest.mark.parametrize("kind", [FaultKind.REFUSED, FaultKind.REFUSED_AFTER_WORK])
async def test_h37_a_service_error_leaves_the_outcome_of_a_create_open(kind: FaultKind) -> None:
    with provisioner() as here:
        await here.switch_to_act()
        here.cloud.faults.arm(Fault(kind, CREATE, code="service_error", status=422))
        await here.pays()
        await here.work(120)
        names = await here.names()
        assert "AttemptOutcomeUnknown" in names
        assert (here.servers_ever_made, names[-1]) == (1, "VpsReady")


@pytest.mark.parametrize(
    ("code", "status"), [("conflict", 409), ("locked", 423), ("resource_limit_exceeded", 403)]
)
async def test_h37_a_refusal_that_passes_in_minutes_is_outlasted(code: str, status: int) -> None:
    with provisioner() as here:
        here.ghl_answers = True
        await here.switch_to_act()
        await here.ready()
        here.cloud.faults.arm(
            Fault(FaultKind.REFUSED, Operation.POWER_OFF, count=None, code=code, status=status)
        )
        await here.entitle(Verdict.SUSPENDED)
        await here.work(300, pace=5)
        assert "OperationParked" not in await here.names()
        here.cloud.faults.disarm()
        await here.work(120, pace=2)
        assert (await here.names())[-1] == "VpsSuspended"


@pytest.mark.parametrize("fault", [LIMIT, NO_IMAGE], ids=["limit", "image"])
async def test_h37_a_cause_of_all_creations_is_one_pause_and_all_continue(fault: Fault) -> None:
    with provisioner() as here:
        await here.switch_to_act()
        here.cloud.faults.arm(fault)
        for customer in CUSTOMERS:
            await here.pays(customer)
        await here.work(1800, pace=5)
        assert here.servers_ever_made == 0
        assert await _account_events(here, vps.CreationsPaused) == 1
        for customer in CUSTOMERS:
            assert "OperationParked" not in await here.names(customer)
        here.cloud.faults.disarm()
        await here.work(180, pace=2)
        assert (here.servers_alive, here.servers_ever_made) == (12, 12)
        assert await _account_events(here, vps.CreationsResumed) == 1


async def test_h37_while_creations_are_paused_few_calls_go_out() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        armed = here.cloud.faults.arm(NO_IMAGE)
        await here.pays("first")
        await here.work(5)
        for customer in CUSTOMERS:
            await here.pays(customer)
        await here.work(600, pace=5)
        [struck] = [one["struck"] for one in here.cloud.faults.describe() if one["id"] == armed]
        assert isinstance(struck, int)
        assert struck <= 16, "one probe a minute, however many wait"


async def test_h37_paused_creations_stop_no_suspension() -> None:
    with provisioner() as here:
        here.ghl_answers = True
        await here.switch_to_act()
        await here.ready("old")
        here.cloud.faults.arm(LIMIT)
        await here.pays("new")
        await here.work(10)
        await here.entitle(Verdict.SUSPENDED, "old")
        await here.work(20)
        assert (await here.names("old"))[-1] == "VpsSuspended"


async def test_h37_a_pause_that_no_creation_waits_for_ends() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        here.cloud.faults.arm(LIMIT)
        await here.pays()
        await here.work(10)
        await here.cancels()
        await here.work(900, pace=10)
        assert await _account_events(here, vps.CreationsResumed) == 1


async def test_h37_a_used_up_rate_limit_is_recorded_once() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        await here.work(1)
        here.cloud.faults.arm(Fault(FaultKind.RATE_LIMITED, count=None, seconds=30))
        for customer in CUSTOMERS:
            await here.pays(customer)
        await here.work(600, pace=3)
        assert await _account_events(here, vps.AccountThrottled) == 1
        here.cloud.faults.disarm()
        await here.work(600, pace=3)
        assert await _account_events(here, vps.AccountThrottleEnded) == 1
        assert here.servers_alive == 12
