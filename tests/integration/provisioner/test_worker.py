"""The worker in one process, with a real driver: what it withholds, and what comes too late."""

import asyncio
from dataclasses import replace

import pytest
from slipway.contracts import commands
from slipway.contracts.ids import stream_of
from slipway.contracts.subscriptions import CheckAnswer, Verdict
from slipway.contracts.vps import AccountPaused, BrakeEngaged, PermitGranted
from slipway.eventstore.store import VersionConflict
from slipway.eventstore.stream import Claim
from slipway.provisioner.providers.deadline import boot_time
from slipway.provisioner.providers.registry import STEPS_PER_ACCOUNT
from slipway.provisioner.safety import destruction_brake as brake
from slipway.provisioner.safety.destruction_brake import Limits
from slipway.provisioner.specs import parse
from slipway.provisioner.vps.operation.next_step import ATTEMPT_SECONDS
from slipway.simulators.cloud.faults import Fault, FaultKind, Operation

from tests.support.dsl.provisioner import ACCOUNT_ID, SPECS, Provisioner, provisioner
from tests.support.dsl.waiting import eventually

ONE = Limits(floor=1)


async def _brake(here: Provisioner) -> list[str]:
    return [type(one.event).__name__ for one in await here.store.read(brake.STREAM)]


async def _claim(here: Provisioner) -> Claim:
    (claim,) = await here.store.claim("vps", here.new_id(), 30, 1)
    return claim


def _struck(here: Provisioner) -> int:
    return sum(int(str(one["struck"])) for one in here.cloud.faults.describe())


async def test_a_retried_first_creation_takes_no_permit() -> None:
    with provisioner(limits=ONE) as here:
        await here.switch_to_act()
        here.cloud.faults.arm(Fault(FaultKind.NO_CAPACITY, location="fsn1", count=None))
        for customer in ("ada", "bob", "eve"):
            await here.pays(customer)
        await here.work(20)
        assert here.servers_alive == 3
        assert await _brake(here) == []


async def test_waiting_for_the_rate_limit_costs_no_permits() -> None:
    with provisioner(limits=ONE) as here:
        here.ghl_answers = True
        await here.switch_to_act()
        await here.ready()
        here.cloud.faults.arm(Fault(FaultKind.RATE_LIMITED, Operation.GET, seconds=60))
        with pytest.raises(Exception, match="rate_limited"):
            await here.driver.get("1")
        await here.entitle(Verdict.SUSPENDED)
        await here.work(50)
        assert await _brake(here) == []
        await here.work(30)
        assert await _brake(here) == [PermitGranted.__name__]


async def test_a_step_is_decided_on_the_claimed_version_or_not_at_all() -> None:
    with provisioner(limits=ONE) as here:
        await here.switch_to_act()
        await here.ready()
        await here.cancels()
        claim = await _claim(here)
        # Between admission and first event the hold is extended: now it is a suspension.
        asked = here.worker._admission.preview

        async def meanwhile(*about: object) -> object:
            said = await asked(*about)  # type: ignore[arg-type]
            await here.cancels(delete_at=here.now.replace(year=2027))
            return said

        here.worker._admission.preview = meanwhile  # type: ignore[assignment, method-assign]
        with pytest.raises(VersionConflict):
            await here.worker.step(claim)
        assert "AttemptStarted" not in (await here.names())[-2:]


async def test_a_stale_claim_writes_nothing() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        await here.work()
        await here.pays()
        claim = await _claim(here)
        await here.worker.step(replace(claim, since=boot_time() - ATTEMPT_SECONDS - 1))
        assert here.servers_ever_made == 0
        assert (await here.names())[-1] == "AttemptFailed"


async def test_a_paused_account_is_probed_and_its_servers_are_not_polled() -> None:
    with provisioner() as here:
        here.cloud.faults.arm(Fault(FaultKind.SLOW_BOOT, seconds=30, count=None))
        await here.switch_to_act()
        customers = [f"c{number}" for number in range(8)]
        for customer in customers:
            await here.pays(customer)
        await here.work(2)
        here.cloud.faults.disarm()
        here.cloud.faults.arm(Fault(FaultKind.DOWN, count=None))
        await here.work(300)
        # Ten probes and one or two polls each; without the pause it would be about 800 polls.
        assert _struck(here) < 60
        here.cloud.faults.disarm()
        await here.work(60)
        for customer in customers:
            assert (await here.names(customer))[-1] == "VpsReady"


async def test_a_missing_sentinel_is_recorded_once_for_all_polls() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        for customer in ("ada", "bob", "eve"):
            await here.ready(customer)
        for customer in ("ada", "bob", "eve"):
            await here.cancels(customer)
        await here.work(1)
        here.cloud.faults.arm(Fault(FaultKind.TOKEN_SWAPPED, count=None))
        for customer in ("ada", "bob", "eve"):
            await here.confirmation_answered(CheckAnswer.CONFIRMED, customer)
        await here.work(25)
        records = await here.store.read(stream_of("account", ACCOUNT_ID))
        doubts = [one for one in records if type(one.event).__name__ == "AccountProofFailed"]
        assert len(doubts) == 1


async def test_an_exhausted_rate_limit_pauses_no_account() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        await here.pays()
        here.cloud.faults.arm(Fault(FaultKind.RATE_LIMITED, count=8, seconds=3))
        await here.work(120)
        records = await here.store.read(stream_of("account", ACCOUNT_ID))
        assert not any(isinstance(one.event, AccountPaused) for one in records)
        assert (await here.names())[-1] == "VpsReady"


async def test_a_fault_of_the_account_that_no_probe_confirms_backs_off_and_ends() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        await here.work()
        here.cloud.faults.arm(Fault(FaultKind.SERVER_ERROR, Operation.LIST, count=None))
        await here.pays()
        await here.work(1800, pace=10)
        assert _struck(here) <= 25
        assert (await here.names())[-1] == "OperationParked"


async def test_a_confirmation_that_expired_behind_the_brake_is_not_requested_every_minute() -> None:
    with provisioner(limits=Limits(floor=0)) as here:
        await here.switch_to_act()
        await here.ready()
        await here.cancels()
        await here.work(1)
        await here.confirmation_answered(CheckAnswer.CONFIRMED)
        await here.work(1800, pace=20)
        assert await _brake(here) == [BrakeEngaged.__name__]
        assert (await here.names()).count("ReleaseRequested") == 1
        await here.admin_sends(commands.ResetBrake)
        await here.work(5)
        assert here.servers_alive == 1


async def test_an_account_missing_in_the_settings_is_paused_with_the_reason() -> None:
    with provisioner() as here:
        here.ghl_answers = True
        await here.switch_to_act()
        await here.ready()
        here.worker._providers._drivers = {}
        here.prober._drivers = {}
        await here.entitle(Verdict.SUSPENDED)
        await here.work()
        account = await here.account()
        assert account.fault is not None
        assert account.fault.code == "no-account"
        assert "OperationParked" not in await here.names()


async def test_an_older_entitlement_with_a_larger_quantity_creates_no_vps() -> None:
    with provisioner() as here:
        await here.switch_to_act()
        await here.pays(version=1, quantity=1)
        await here.work(10)
        await here.pays(version=3, quantity=1)
        await here.pays(version=2, quantity=3)
        await here.work(30, pace=5)
        assert here.servers_ever_made == 1


async def test_switching_to_act_calls_no_provider_inside_the_inbox() -> None:
    with provisioner() as here:
        here.cloud.faults.arm(Fault(FaultKind.DOWN, count=None))
        await here.switch_to_act()
        assert _struck(here) == 0


async def test_a_slow_account_leaves_slots_for_the_others() -> None:
    elsewhere = SPECS + SPECS.split("plans:\n")[1].replace("small", "big").replace("main", "second")
    with provisioner() as here:
        here.start(parse(elsewhere), {ACCOUNT_ID: here.driver, "hetzner/second": here.driver})
        await here.switch_to_act()
        await here.work()
        for number in range(STEPS_PER_ACCOUNT + 6):
            await here.pays(f"c{number}")
        await here.pays("eve", plan="big")
        here.cloud.faults.arm(
            Fault(FaultKind.SLOW, Operation.LIST, count=STEPS_PER_ACCOUNT, seconds=60)
        )
        claims = await here.store.claim("vps", here.new_id(), 30, 2 * STEPS_PER_ACCOUNT)
        steps = [asyncio.create_task(here.worker.step(claim)) for claim in claims]

        async def others_done() -> bool:
            return sum(step.done() for step in steps) >= 7

        # The six above the limit are postponed. Eve's step ends while the slow ones are held.
        await eventually(others_done)
        slow = [step for step in steps if not step.done()]
        assert (len(steps) - len(slow), len(slow)) == (7, STEPS_PER_ACCOUNT)
        assert here.servers_ever_made == 1
        here.cloud.faults.disarm()
        here.cloud.delays.release()
        await asyncio.gather(*slow)
        for claim in claims:
            await here.store.release(claim)
        await here.work(10)
        assert here.servers_ever_made == STEPS_PER_ACCOUNT + 7
