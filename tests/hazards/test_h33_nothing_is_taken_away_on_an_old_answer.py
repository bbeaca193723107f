"""H33: each call that takes something from a customer needs a fresh answer of GHL."""

from datetime import timedelta

import pytest
from slipway.contracts import commands
from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.incidents import IncidentCause
from slipway.contracts.subscriptions import CheckAnswer, Verdict
from slipway.contracts.vps import (
    AttemptStarted,
    OperationKind,
    ReleaseRequested,
    ReleaseStalled,
    VpsDeleted,
)
from slipway.notifier.incidents.rules.result import Symptom
from slipway.notifier.incidents.rules.table import apply_rules
from slipway.provisioner.providers.deadline import boot_time
from slipway.provisioner.safety.destruction_brake import Limits
from slipway.provisioner.vps.operation.next_step import ATTEMPT_SECONDS
from slipway.simulators.cloud.entities import ServerStatus
from slipway.simulators.cloud.faults import Fault, FaultKind, Operation

from tests.support.builders.entitlements import LOCATION
from tests.support.dsl.provisioner import ACCOUNT_ID, Provisioner, provisioner

GRACE = timedelta(minutes=10)


def _is_on(here: Provisioner) -> bool:
    [server] = here.cloud.servers.values()
    return server.status is ServerStatus.RUNNING


async def _served(here: Provisioner) -> None:
    await here.switch_to_act()
    await here.ready()
    here.ghl_answers = True


async def _requests(here: Provisioner) -> list[ReleaseRequested]:
    return [each for each in await here.events() if isinstance(each, ReleaseRequested)]


async def _power_offs(here: Provisioner) -> int:
    events = await here.events()
    return sum(isinstance(each, AttemptStarted) and each.step == "power_off" for each in events)


async def test_h33_a_customer_who_paid_while_attempts_were_too_late_stays_on() -> None:
    """Past due, then active 74 seconds later. Four of five attempts are too late."""
    stalled = ATTEMPT_SECONDS + 5
    with provisioner(boot=lambda: boot_time() - stalled) as here:
        stalled = 0.0
        await _served(here)
        stalled = ATTEMPT_SECONDS + 5
        await here.entitle(Verdict.SUSPENDED)
        while await _power_offs(here) < 4:
            await here.work(1)
        here.ghl_says(Verdict.RUNNING)
        stalled = 0.0
        await here.work(300)
        assert _is_on(here)
        assert await _power_offs(here) == 4
        assert (await here.state()).operation is None


async def test_h33_each_attempt_uses_an_answer_of_its_own() -> None:
    with provisioner() as here:
        await _served(here)
        await here.entitle(Verdict.SUSPENDED)
        here.cloud.faults.arm(Fault(FaultKind.LOCKED, Operation.POWER_OFF, count=3))
        await here.work(60)
        assert not _is_on(here)
        asked = await _requests(here)
        assert len(asked) == await _power_offs(here) == 4
        assert {each.kind for each in asked} == {OperationKind.SUSPEND}


@pytest.mark.parametrize("answers", [True, False], ids=["unknown", "no answer at all"])
async def test_h33_a_grace_that_ends_without_an_answer_suspends_nobody_and_is_reported(
    answers: bool,  # noqa: FBT001 - a table's column
) -> None:
    """GHL is unreachable, or ingest is dead, or the topic stands still."""
    with provisioner() as here:
        await _served(here)
        here.ghl_answers = False
        await here.entitle(Verdict.SUSPENDED, suspend_at=here.now + GRACE)
        await here.work(570, pace=30)
        assert await _requests(here) == [], "asked only when the grace is over"
        for _ in range(12):
            await here.work(120, pace=30)
            if answers:
                await here.confirmation_answered(CheckAnswer.UNKNOWN)
        assert _is_on(here)
        [stalled] = [each for each in await here.events() if isinstance(each, ReleaseStalled)]
        assert stalled.kind is OperationKind.SUSPEND
        await here.admin_sends(commands.ReleaseVps, vps_id=stalled.vps_id)
        await here.work(10)
        assert not _is_on(here)


@pytest.mark.parametrize(
    ("kind", "cause", "word"),
    [
        (OperationKind.SUSPEND, IncidentCause.SUSPEND_FAILED, "switches a server off"),
        (OperationKind.DELETE, IncidentCause.DELETE_FAILED, "deletes a server"),
        (OperationKind.CREATE, IncidentCause.CREATE_FAILED, "creates a server again"),
    ],
)
async def test_h33_the_message_names_what_waits_for_the_answer(
    kind: OperationKind, cause: IncidentCause, word: str
) -> None:
    with provisioner() as here:
        stalled = ReleaseStalled(
            vps_id=f"{LOCATION}:ada-1",
            subscription_id=f"{LOCATION}:ada",
            location_id=LOCATION,
            kind=kind,
            since=here.now,
        )
        meta = Meta(correlation_id="story")
        record = Recorded(stream="vps-x", version=1, time=here.now, event=stalled, meta=meta)
    [symptom] = apply_rules(record)
    assert isinstance(symptom, Symptom)
    assert symptom.cause is cause
    assert word in symptom.explanation


async def test_h33_a_braked_suspension_released_after_the_payment_is_not_made() -> None:
    with provisioner(limits=Limits(floor=0, share=0.0)) as here:
        await _served(here)
        await here.entitle(Verdict.SUSPENDED)
        await here.work(300, pace=10)
        assert (await here.names())[-1] == "OperationWithheld"
        asked = len(await _requests(here))
        here.ghl_says(Verdict.RUNNING)
        await here.work(600, pace=10)
        assert len(await _requests(here)) == asked, "not asked while the brake is engaged"
        here.worker._admission._limits = Limits(floor=10)
        await here.admin_sends(commands.ResetBrake)
        await here.work(300, pace=10)
        assert _is_on(here)


async def test_h33_the_answers_own_entitlement_is_applied_first() -> None:
    """GHL says past due, but since a later day: the grace is longer than we knew."""
    with provisioner() as here:
        await _served(here)
        later = here.now + GRACE
        await here.entitle(Verdict.SUSPENDED)
        here.ghl_says(Verdict.SUSPENDED, suspend_at=later)
        await here.work(570, pace=10)
        assert _is_on(here)
        await here.work(60, pace=10)
        assert not _is_on(here)


async def _vanished(here: Provisioner) -> None:
    """The server is deleted behind our back, and the inventory says so."""
    await _served(here)
    [server] = here.cloud.servers.values()
    client = here.served.client()
    client.servers.delete(client.servers.get_by_id(server.id))
    await here.work(5)
    await here.reconciler.reconcile(ACCOUNT_ID, here.driver)
    await here.work()
    assert "VpsDrifted" in await here.names()


async def test_h33_a_re_creation_for_a_customer_who_cancelled_meanwhile_is_not_made() -> None:
    with provisioner() as here:
        await _vanished(here)
        here.ghl_says(Verdict.ABSENT)
        await here.admin_sends(commands.CreateVps, vps_id=(await here.state()).vps_id)
        await here.work(60)
        assert here.servers_ever_made == 1
        gone = (await here.events())[-1]
        assert isinstance(gone, VpsDeleted)
        assert gone.provider_id is not None, "the missing server is proven gone"


async def test_h33_a_re_creation_waits_for_ghl_and_is_then_made() -> None:
    with provisioner() as here:
        await _vanished(here)
        here.ghl_answers = False
        await here.admin_sends(commands.CreateVps, vps_id=(await here.state()).vps_id)
        await here.work(600, pace=10)
        assert here.servers_ever_made == 1
        here.ghl_answers = True
        await here.work(180, pace=10)
        assert (here.servers_ever_made, here.servers_alive) == (2, 1)


async def test_h33_a_purchase_and_a_resumption_wait_for_no_answer() -> None:
    with provisioner() as here:
        await _served(here)
        await here.entitle(Verdict.SUSPENDED)
        await here.work(10)
        asked = len(await _requests(here))
        here.ghl_answers = False
        await here.pays()
        await here.work(10)
        assert _is_on(here)
        assert len(await _requests(here)) == asked
