"""H17: every destructive attempt asks the brake; an unreadable brake counts as engaged."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from slipway.contracts.codec import UnknownType
from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.incidents import Severity
from slipway.contracts.subscriptions import CheckAnswer, Verdict
from slipway.contracts.vps import BrakeEngaged, BrakeReset, OperationKind, PermitGranted
from slipway.eventstore.command_handling import handle
from slipway.eventstore.mongo import MongoEventStore
from slipway.notifier.incidents.rules.result import Recovery, Symptom
from slipway.notifier.incidents.rules.table import apply_rules
from slipway.provisioner.safety.destruction_brake import BRAKE, STREAM, Limits, TakePermit
from slipway.simulators.cloud.faults import Fault, FaultKind, Operation

from tests.support.builders.sample_decider import now
from tests.support.dsl.provisioner import Provisioner, provisioner
from tests.support.servers.databases import fresh_database

ONE = Limits(floor=1, share=0.0)


@pytest.fixture
async def store(mongodb_url: str) -> AsyncIterator[MongoEventStore]:
    async with fresh_database(mongodb_url) as database:
        yield MongoEventStore(database)


async def test_h17_racing_processes_never_get_more_permits_than_allowed(
    store: MongoEventStore,
) -> None:
    limits = Limits(floor=5, share=0.0)

    async def take(number: int) -> bool:
        command = TakePermit(f"v{number}", f"op{number}", OperationKind.DELETE, now(), 0, limits)
        handled = await handle(
            store, BRAKE, STREAM, command, now=now(), meta=Meta(correlation_id="race")
        )
        return handled.stream.state.has_permit(f"op{number}")

    granted = await asyncio.gather(*(take(number) for number in range(20)))
    assert sum(granted) == 5
    assert (await store.load(BRAKE, STREAM)).state.engaged


async def _both_ready(here: Provisioner) -> None:
    await here.switch_to_act()
    for customer in ("ada", "bob"):
        await here.pays(customer)
    await here.work(15)
    assert here.servers_alive == 2


async def test_h17_suspensions_take_permits_too() -> None:
    with provisioner(limits=ONE) as here:
        here.ghl_answers = True
        await _both_ready(here)
        for customer in ("ada", "bob"):
            await here.entitle(Verdict.SUSPENDED, customer)
        await here.work(60, pace=5)
        suspended = ["VpsSuspended" in await here.names(each) for each in ("ada", "bob")]
        assert sorted(suspended) == [False, True]


async def test_h17_a_permit_does_not_outlive_the_latch() -> None:
    """Ada's deletion had a permit. Bob's attempt engages the brake before her retry goes out."""
    with provisioner(limits=ONE) as here:
        await _both_ready(here)
        for customer in ("ada", "bob"):
            await here.cancels(customer)
        await here.work(1)
        here.cloud.faults.arm(Fault(FaultKind.LOCKED, Operation.DELETE))
        await here.confirmation_answered(CheckAnswer.CONFIRMED, "ada")
        await here.work()
        assert "AttemptFailed" in await here.names("ada")
        await here.work(2)
        assert (await here.names("ada"))[-1] == "ReleaseRequested"
        await here.confirmation_answered(CheckAnswer.CONFIRMED, "bob")
        await here.work()
        await here.confirmation_answered(CheckAnswer.CONFIRMED, "ada")
        await here.work(60, pace=1)
        assert here.servers_alive == 2


async def test_h17_an_engaged_brake_reports_it_once_and_grants_nothing() -> None:
    with provisioner(limits=ONE) as here:
        here.ghl_answers = True
        await _both_ready(here)
        for customer in ("ada", "bob"):
            await here.entitle(Verdict.SUSPENDED, customer)
        await here.work(7200, pace=120)
        said = [type(record.event) for record in await here.store.read(STREAM)]
        assert said == [PermitGranted, BrakeEngaged]


async def test_h17_an_unreadable_brake_admits_nothing() -> None:
    with provisioner() as here:
        await _both_ready(here)
        here.ghl_answers = True
        await here.entitle(Verdict.SUSPENDED, "ada")
        await here.work(30, pace=5)
        # Newer code left an event that this code cannot read.
        brake = here.store._streams[STREAM]
        brake.entries.append({**brake.entries[-1], "type": "slipway.vps.newer.v1", "version": 2})
        await here.cancels("bob")
        with pytest.raises(UnknownType):
            await here.work(30, pace=5)
        assert here.servers_alive == 2


def test_h17_that_it_is_on_is_an_incident_until_somebody_resets_it() -> None:
    on = BrakeEngaged(vps_id="loc:ada-1", permits_in_window=10, allowed=10, window_seconds=3600)
    off = BrakeReset(command_id="click-1", actor="user:ada", reason="it was meant")
    meta = Meta(correlation_id="story")
    records = [
        Recorded(stream=STREAM, version=version, time=now(), event=event, meta=meta)
        for version, event in enumerate((on, off), 1)
    ]
    [wrong], [over] = (apply_rules(record) for record in records)
    assert isinstance(wrong, Symptom)
    assert wrong.severity is Severity.NOW
    assert isinstance(over, Recovery)
    assert (over.cause, over.subject) == (wrong.cause, wrong.subject)
