"""A missed expectation belongs to the incident that explains it, or opens one of its own."""

import pytest
from slipway.contracts import vps
from slipway.contracts.incidents import (
    ExpectationMissed,
    IncidentCause,
    IncidentCounted,
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


async def test_the_customer_is_named_although_the_provisioner_is_dead(
    here: NotifierOverMongo,
) -> None:
    await here.pays("loc:ada")
    await here.expectation_overdue("loc:ada-1")
    [opened] = await here.open_incidents()
    assert (opened.contact_id, opened.plan) == ("contact-loc:ada", "small")


async def test_changes_overdue_by_a_dead_provisioner_are_one_growing_incident(
    here: NotifierOverMongo,
) -> None:
    dead = process_symptom(IncidentCause.HEARTBEAT_MISSING, "provisioner")
    await here.symptoms_found(dead)
    for number in range(12):
        await here.pays(f"loc:c{number}")
        await here.expectation_overdue(f"loc:c{number}-1")
    events = await here.incident_events()
    announced = [event for event in events if not isinstance(event, IncidentCounted)]
    assert kinds(announced) == [IncidentOpened, IncidentGrew]
    [*_, last] = events
    assert isinstance(last, IncidentCounted)
    assert last.symptom_count == 13  # the service and twelve customers
    await here.symptoms_found(
        Recovery(IncidentCause.HEARTBEAT_MISSING, "provisioner", "provisioner", "It is back.")
    )
    assert len(await here.open_incidents()) == 1  # twelve customers still wait
    for number in range(12):
        await here.vps(f"loc:c{number}-1", vps.VpsReady, **READY)
    assert await here.open_incidents() == []


async def test_a_vps_stopped_by_a_paused_account_is_its_symptom_until_proven(
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


async def test_a_vps_parked_after_the_pause_has_its_own_incident(here: NotifierOverMongo) -> None:
    await here.pays("loc:ada")
    await here.requested("loc:ada-1")
    await here.publishes(f"account-{ACCOUNT}", paused())
    await here.expectation_overdue("loc:ada-1")
    await here.publishes(f"account-{ACCOUNT}", vps.AccountResumed(account_id=ACCOUNT))
    await here.vps("loc:ada-1", vps.OperationParked, **PARKED)
    assert [one.cause for one in await here.open_incidents()] == [IncidentCause.CREATE_FAILED]


async def test_a_parked_vps_is_no_symptom_of_a_later_pause(
    here: NotifierOverMongo,
) -> None:
    await here.pays("loc:ada")
    await here.requested("loc:ada-1")
    await here.vps("loc:ada-1", vps.OperationParked, **PARKED)
    await here.publishes(f"account-{ACCOUNT}", paused())
    await here.expectation_overdue("loc:ada-1")
    await here.publishes(f"account-{ACCOUNT}", vps.AccountResumed(account_id=ACCOUNT))
    assert [one.cause for one in await here.open_incidents()] == [IncidentCause.CREATE_FAILED]


async def test_a_missed_expectation_read_after_its_proof_is_no_symptom(
    here: NotifierOverMongo,
) -> None:
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
async def test_in_an_observing_location_nothing_is_overdue_until_it_acts(
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


async def test_an_ignored_vps_is_never_overdue(here: NotifierOverMongo) -> None:
    await here.pays("loc:ada")
    said = {"command_id": "c1", "actor": "user:ada", "reason": "served elsewhere"}
    await here.vps("loc:ada-1", vps.VpsIgnored, **said)
    await here.pays("loc:ada")
    await here.expectation_overdue("loc:ada-1")
    assert await here.incident_events() == []


async def test_proofs_read_before_their_entitlements_raise_no_incident(
    here: NotifierOverMongo,
) -> None:
    await here.requested("loc:ada-1")
    for version, proof in ((1, vps.VpsReady), (2, vps.VpsDeleted)):
        source = SourceVersion(epoch=0, version=version)
        await here.vps("loc:ada-1", vps.EntitlementConfirmed, source=source)
        await here.vps("loc:ada-1", proof, **READY)
    await here.pays("loc:ada")
    await here.pays("loc:ada", Verdict.ABSENT)
    await here.expectation_overdue("loc:ada-1")
    assert await here.incident_events() == []
