"""A missed expectation belongs to the incident that explains it, or opens one of its own."""

import pytest
from slipway.contracts import vps
from slipway.contracts.incidents import (
    ExpectationMissed,
    IncidentCause,
    IncidentEvent,
    IncidentGrew,
    IncidentOpened,
)
from slipway.contracts.subscriptions import Verdict
from slipway.contracts.vps import OperationKind, SourceVersion
from slipway.notifier.incidents.rules.result import Recovery

from tests.support.servers.notifier_inbox import (
    ACCOUNT,
    FAULT,
    PARKED,
    READY,
    WITHHELD,
    NotifierOverMongo,
    now,
    process_symptom,
)


def kinds(events: list[IncidentEvent]) -> list[type[IncidentEvent]]:
    return [type(event) for event in events]


def paused() -> vps.AccountPaused:
    return vps.AccountPaused(account_id=ACCOUNT, fault=FAULT, next_probe_at=now())


async def test_a_customer_of_a_dead_provisioner_is_named(here: NotifierOverMongo) -> None:
    await here.pays("loc:ada")
    await here.expectation_overdue("loc:ada-1")
    [opened] = await here.open_incidents()
    assert (opened.contact_id, opened.plan) == ("contact-loc:ada", "small")


async def test_what_a_dead_provisioner_makes_late_is_one_incident_that_grows(
    here: NotifierOverMongo,
) -> None:
    dead = process_symptom(IncidentCause.HEARTBEAT_MISSING, "provisioner")
    await here.symptoms_found(dead)
    for number in range(12):
        await here.pays(f"loc:c{number}")
        await here.expectation_overdue(f"loc:c{number}-1")
    assert kinds(await here.incident_events()) == [IncidentOpened, IncidentGrew]
    await here.symptoms_found(
        Recovery(IncidentCause.HEARTBEAT_MISSING, "provisioner", "provisioner", "It is back.")
    )
    assert len(await here.open_incidents()) == 1  # twelve customers still wait
    for number in range(12):
        await here.vps(f"loc:c{number}-1", vps.VpsReady, **READY)
    assert await here.open_incidents() == []


async def test_what_a_paused_account_stops_is_a_symptom_of_it_until_it_is_proven(
    here: NotifierOverMongo,
) -> None:
    await here.pays("loc:ada")
    await here.requested("loc:ada-1")
    await here.publishes(f"account-{ACCOUNT}", paused())
    await here.expectation_overdue("loc:ada-1")
    await here.publishes(f"account-{ACCOUNT}", vps.AccountResumed(account_id=ACCOUNT))
    [opened] = await here.open_incidents()
    assert opened.cause == IncidentCause.ACCOUNT_PAUSED
    await here.vps("loc:ada-1", vps.VpsReady, **READY)
    assert await here.open_incidents() == []
    assert len(await here.notifications()) == 2


async def test_what_is_parked_after_the_pause_is_told_by_itself(here: NotifierOverMongo) -> None:
    await here.pays("loc:ada")
    await here.requested("loc:ada-1")
    await here.publishes(f"account-{ACCOUNT}", paused())
    await here.expectation_overdue("loc:ada-1")
    await here.publishes(f"account-{ACCOUNT}", vps.AccountResumed(account_id=ACCOUNT))
    await here.vps("loc:ada-1", vps.OperationParked, **PARKED)
    assert [one.cause for one in await here.open_incidents()] == [IncidentCause.CREATE_FAILED]


async def test_what_is_parked_already_is_no_symptom_of_a_later_pause(
    here: NotifierOverMongo,
) -> None:
    await here.pays("loc:ada")
    await here.requested("loc:ada-1")
    await here.vps("loc:ada-1", vps.OperationParked, **PARKED)
    await here.publishes(f"account-{ACCOUNT}", paused())
    await here.expectation_overdue("loc:ada-1")
    await here.publishes(f"account-{ACCOUNT}", vps.AccountResumed(account_id=ACCOUNT))
    assert [one.cause for one in await here.open_incidents()] == [IncidentCause.CREATE_FAILED]


async def test_a_lateness_that_is_read_after_its_proof_is_none(here: NotifierOverMongo) -> None:
    await here.pays("loc:ada")
    await here.vps("loc:ada-1", vps.VpsReady, **READY)
    missed = ExpectationMissed(
        expectation_id="loc:ada-1/create",
        subscription_id="loc:ada",
        vps_id="loc:ada-1",
        kind=OperationKind.CREATE,
    )
    await here.publishes("read-late", missed)
    assert await here.incident_events() == []


@pytest.mark.parametrize("entitlement_first", [True, False])
async def test_in_an_observing_location_nothing_is_late_until_it_acts(
    here: NotifierOverMongo, *, entitlement_first: bool
) -> None:
    if entitlement_first:
        await here.pays("loc:ada")
    await here.requested("loc:ada-1")
    await here.vps("loc:ada-1", vps.OperationWithheld, **WITHHELD)
    if not entitlement_first:
        await here.pays("loc:ada")
    await here.expectation_overdue("loc:ada-1")
    assert await here.incident_events() == []
    await here.vps("loc:ada-1", vps.WithholdingEnded, reason="observe")
    await here.expectation_overdue("loc:ada-1")
    assert [one.cause for one in await here.open_incidents()] == [IncidentCause.CREATE_FAILED]


async def test_a_vps_that_a_person_ignores_is_never_late(here: NotifierOverMongo) -> None:
    await here.pays("loc:ada")
    said = {"command_id": "c1", "actor": "user:ada", "reason": "served elsewhere"}
    await here.vps("loc:ada-1", vps.VpsIgnored, **said)
    await here.pays("loc:ada")
    await here.expectation_overdue("loc:ada-1")
    assert await here.incident_events() == []


async def test_a_life_whose_proofs_are_read_first_leaves_no_alarm(here: NotifierOverMongo) -> None:
    await here.requested("loc:ada-1")
    for version, proof in ((1, vps.VpsReady), (2, vps.VpsDeleted)):
        source = SourceVersion(epoch=0, version=version)
        await here.vps("loc:ada-1", vps.EntitlementConfirmed, source=source)
        await here.vps("loc:ada-1", proof, **READY)
    await here.pays("loc:ada")
    await here.pays("loc:ada", Verdict.ABSENT)
    await here.expectation_overdue("loc:ada-1")
    assert await here.incident_events() == []
