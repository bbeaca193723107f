"""From published events to incidents, over a real MongoDB: one cause, one incident, told once."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slipway.contracts import commands, subscriptions, vps
from slipway.contracts.incidents import (
    ExpectationMissed,
    IncidentEvent,
    IncidentGrew,
    IncidentOpened,
    IncidentResolved,
    NotificationFailedOver,
)
from slipway.contracts.subscriptions import Verdict
from slipway.contracts.vps import OperationKind, SourceVersion
from slipway.eventstore.mongo import MongoEventStore
from slipway.eventstore.stream import Stream
from slipway.notifier.incidents.rules.result import Recovery

from tests.support.builders.expectations import entitlement
from tests.support.dsl.notifier_inbox import ACCOUNT, FAULT, Notified, notified, now, unwell


@pytest.fixture
async def here(mongodb_url: str) -> AsyncIterator[Notified]:
    async with notified(mongodb_url) as opened:
        yield opened


def kinds(events: list[IncidentEvent]) -> list[type[IncidentEvent]]:
    return [type(event) for event in events]


PARKED = {"operation_id": "o1", "kind": OperationKind.CREATE, "fault": FAULT, "attempts": 5}
READY = {"operation_id": "o1", "provider_id": "77", "generation": 1, "ipv4": "192.0.2.1"}
WITHHELD = {"kind": OperationKind.CREATE, "why": "observe"}


def paused() -> vps.AccountPaused:
    return vps.AccountPaused(account_id=ACCOUNT, fault=FAULT, next_probe_at=now())


def not_understood(id_: str) -> subscriptions.SubscriptionNotUnderstood:
    return subscriptions.SubscriptionNotUnderstood(
        entitlement=entitlement(Verdict.UNCHANGED, subscription_id=id_),
        field="status",
        problem="we don't know 'dunning'",
    )


async def test_a_parked_vps_is_one_incident_and_its_proof_ends_it(here: Notified) -> None:
    await here.pays("loc:ada")
    await here.requested("loc:ada-1")
    await here.vps("loc:ada-1", vps.OperationParked, **PARKED)
    [opened] = await here.standing()
    assert (opened.cause, opened.scope) == ("create-failed", "loc:ada-1")
    assert (opened.contact_id, opened.plan) == ("c", "small")
    await here.late("loc:ada-1")
    assert len(await here.standing()) == 1
    await here.vps("loc:ada-1", vps.VpsReady, **READY)
    assert await here.standing() == []
    assert [occasion for occasion, _ in await here.told()] == ["opened", "resolved"]


async def test_whatever_comes_again_changes_nothing(here: Notified) -> None:
    records = [
        *await here.pays("loc:ada"),
        *await here.requested("loc:ada-1"),
        *await here.vps("loc:ada-1", vps.OperationWithheld, **WITHHELD),
        *await here.vps("loc:ada-1", vps.WithholdingEnded, why="observe"),
        *await here.vps("loc:ada-1", vps.OperationParked, **PARKED),
        *await here.vps("loc:ada-1", vps.VpsReady, **READY),
        *await here.happens("subscription-loc:ada", not_understood("loc:ada")),
    ]
    before = await here.history()
    await here.again(records)
    await here.again(records[2:])
    await here.again(records[-1:])
    assert await here.history() == before
    assert [one.cause for one in await here.standing()] == ["not-understood"]


async def test_a_customer_of_a_dead_provisioner_is_named(here: Notified) -> None:
    await here.pays("loc:ada")
    await here.late("loc:ada-1")
    [opened] = await here.standing()
    assert (opened.contact_id, opened.plan) == ("contact-loc:ada", "small")


async def test_what_a_dead_provisioner_makes_late_is_one_incident_that_grows(
    here: Notified,
) -> None:
    dead = unwell("heartbeat", "provisioner")
    await here.found(dead)
    for number in range(12):
        await here.pays(f"loc:c{number}")
        await here.late(f"loc:c{number}-1")
    assert kinds(await here.course()) == [IncidentOpened, IncidentGrew]
    await here.found(Recovery("heartbeat", "provisioner", "provisioner", "It is back."))
    assert len(await here.standing()) == 1  # twelve customers still wait
    for number in range(12):
        await here.vps(f"loc:c{number}-1", vps.VpsReady, **READY)
    assert await here.standing() == []


async def test_what_a_paused_account_stops_is_a_symptom_of_it_until_it_is_proven(
    here: Notified,
) -> None:
    await here.pays("loc:ada")
    await here.requested("loc:ada-1")
    await here.happens(f"scope-{ACCOUNT}", paused())
    await here.late("loc:ada-1")
    await here.happens(f"scope-{ACCOUNT}", vps.AccountResumed(account_id=ACCOUNT))
    [opened] = await here.standing()
    assert opened.cause == "scope-paused"
    await here.vps("loc:ada-1", vps.VpsReady, **READY)
    assert await here.standing() == []
    assert len(await here.told()) == 2


async def test_what_is_parked_after_the_pause_is_told_by_itself(here: Notified) -> None:
    await here.pays("loc:ada")
    await here.requested("loc:ada-1")
    await here.happens(f"scope-{ACCOUNT}", paused())
    await here.late("loc:ada-1")
    await here.happens(f"scope-{ACCOUNT}", vps.AccountResumed(account_id=ACCOUNT))
    await here.vps("loc:ada-1", vps.OperationParked, **PARKED)
    assert [one.cause for one in await here.standing()] == ["create-failed"]


async def test_what_is_parked_already_is_no_symptom_of_a_later_pause(here: Notified) -> None:
    await here.pays("loc:ada")
    await here.requested("loc:ada-1")
    await here.vps("loc:ada-1", vps.OperationParked, **PARKED)
    await here.happens(f"scope-{ACCOUNT}", paused())
    await here.late("loc:ada-1")
    await here.happens(f"scope-{ACCOUNT}", vps.AccountResumed(account_id=ACCOUNT))
    assert [one.cause for one in await here.standing()] == ["create-failed"]


async def test_a_lateness_that_is_read_after_its_proof_is_none(here: Notified) -> None:
    await here.pays("loc:ada")
    await here.vps("loc:ada-1", vps.VpsReady, **READY)
    missed = ExpectationMissed(
        expectation_id="loc:ada-1/create",
        subscription_id="loc:ada",
        vps_id="loc:ada-1",
        kind="create",
    )
    await here.happens("read-late", missed)
    assert await here.course() == []


async def test_one_subject_that_shows_it_often_is_no_growth(here: Notified) -> None:
    for number in range(12):
        fell = NotificationFailedOver(
            notification_id=f"x.1/{number}/slack",
            incident_id="x.1",
            channel="slack",
            occasion="opened",
            to_channel="email",
        )
        await here.happens(f"notification-x.1/{number}/slack", fell)
    assert kinds(await here.course()) == [IncidentOpened]


async def test_a_symptom_that_was_over_before_a_death_let_it_be_raised_is_not_raised(
    here: Notified,
) -> None:
    cloud = unwell("sick", "ingest")
    assert await here.symptoms.remember("event-1", cloud)
    assert await here.symptoms.remember("event-1", cloud)  # as after a death
    await here.symptoms.take_away("event-2", Recovery("sick", "ingest", None, "It is back."))
    assert not await here.symptoms.remember("event-1", cloud)


@pytest.mark.parametrize("entitlement_first", [True, False])
async def test_in_an_observing_location_nothing_is_late_until_it_acts(
    here: Notified, *, entitlement_first: bool
) -> None:
    if entitlement_first:
        await here.pays("loc:ada")
    await here.requested("loc:ada-1")
    await here.vps("loc:ada-1", vps.OperationWithheld, **WITHHELD)
    if not entitlement_first:
        await here.pays("loc:ada")
    await here.late("loc:ada-1")
    assert await here.course() == []
    await here.vps("loc:ada-1", vps.WithholdingEnded, why="observe")
    await here.late("loc:ada-1")
    assert [one.cause for one in await here.standing()] == ["create-failed"]


async def test_a_vps_that_a_person_ignores_is_never_late(here: Notified) -> None:
    await here.pays("loc:ada")
    said = {"command_id": "c1", "actor": "user:ada", "reason": "served elsewhere"}
    await here.vps("loc:ada-1", vps.VpsIgnored, **said)
    await here.pays("loc:ada")
    await here.late("loc:ada-1")
    assert await here.course() == []


async def test_a_life_whose_proofs_are_read_first_leaves_no_alarm(here: Notified) -> None:
    await here.requested("loc:ada-1")
    for version, proof in ((1, vps.VpsReady), (2, vps.VpsDeleted)):
        source = SourceVersion(epoch=0, version=version)
        await here.vps("loc:ada-1", vps.EntitlementConfirmed, source=source)
        await here.vps("loc:ada-1", proof, **READY)
    await here.pays("loc:ada")
    await here.pays("loc:ada", Verdict.ABSENT)
    await here.late("loc:ada-1")
    assert await here.course() == []


async def test_a_person_closes_it_and_what_shows_it_again_opens_it_anew(here: Notified) -> None:
    await here.happens("subscription-loc:ada", not_understood("loc:ada"))
    [opened] = await here.standing()
    close = commands.ResolveIncident(
        command_id="c1",
        issued_at=now(),
        actor="user:ada",
        reason="known",
        incident_id=opened.incident_id,
    )
    asked = await here.happens("command-c1", close)
    assert await here.standing() == []
    before = await here.history()
    await here.again(asked)
    await here.pays("loc:ada")
    assert (await here.history()).items() >= before.items()
    await here.happens("subscription-loc:ada", not_understood("loc:ada"))
    [again] = await here.standing()
    assert again.incident_id != opened.incident_id


async def test_a_wrong_price_that_another_wrong_price_follows_is_over_once_it_is_mapped(
    here: Notified,
) -> None:
    unmapped = subscriptions.PlanUnmapped(
        entitlement=entitlement(Verdict.UNCHANGED), price_id="price_9"
    )
    await here.happens("subscription-loc:ada", unmapped)
    assert [one.scope for one in await here.standing()] == ["price_9"]
    await here.pays("loc:ada")
    assert await here.standing() == []


class JoinedMeanwhile(MongoEventStore):
    """Just as an incident is being closed, another customer shows its cause."""

    here: Notified | None = None

    async def append(
        self, decider: Any, stream: Stream[Any], events: Any, **more: Any
    ) -> Stream[Any]:
        here, self.here = self.here, None
        if here is not None and any(isinstance(event, IncidentResolved) for event in events):
            await here.happens("inventory-b", _orphaned("loc:ben-1"))
        elif here is not None:
            self.here = here
        return await super().append(decider, stream, events, **more)


def _orphaned(vps_id: str) -> vps.ServerOrphaned:
    return vps.ServerOrphaned(account_id=ACCOUNT, provider_id=vps_id, name="a-server")


async def test_a_symptom_that_joins_while_the_incident_is_closed_is_not_silent(
    mongodb_url: str,
) -> None:
    async with notified(mongodb_url, JoinedMeanwhile) as here:
        await here.happens("inventory-a", _orphaned("loc:ada-1"))
        assert isinstance(here.store, JoinedMeanwhile)
        here.store.here = here
        gone = vps.OrphanGone(account_id=ACCOUNT, provider_id="loc:ada-1")
        await here.happens("inventory-x", gone)
        [left] = await here.standing()
        assert left.title == "A server belongs to no customer: a-server"
        assert [occasion for occasion, _ in await here.told()] == ["opened", "opened", "resolved"]
        await here.happens(
            "inventory-x", vps.OrphanGone(account_id=ACCOUNT, provider_id="loc:ben-1")
        )
        assert await here.standing() == []
