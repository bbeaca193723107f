"""From published events to incidents, over a real MongoDB: one cause is one incident."""

from typing import Any

from slipway.contracts import commands, subscriptions, vps
from slipway.contracts.incidents import (
    IncidentCause,
    IncidentEvent,
    IncidentOpened,
    IncidentResolved,
    NotificationFailedOver,
    Occasion,
)
from slipway.contracts.subscriptions import Verdict
from slipway.eventstore.mongo import MongoEventStore
from slipway.eventstore.stream import Stream
from slipway.notifier.incidents.rules.result import Recovery

from tests.support.builders.expectation_commands import entitlement
from tests.support.servers.notifier_inbox import (
    ACCOUNT,
    PARKED,
    READY,
    WITHHELD,
    NotifierOverMongo,
    notifier_over_mongo,
    now,
    process_symptom,
)


def kinds(events: list[IncidentEvent]) -> list[type[IncidentEvent]]:
    return [type(event) for event in events]


def not_understood(id_: str) -> subscriptions.SubscriptionNotUnderstood:
    return subscriptions.SubscriptionNotUnderstood(
        entitlement=entitlement(Verdict.UNCHANGED, subscription_id=id_),
        field="status",
        problem="we don't know 'dunning'",
    )


async def test_a_parked_vps_is_one_incident_and_its_proof_resolves_it(
    here: NotifierOverMongo,
) -> None:
    await here.pays("loc:ada")
    await here.requested("loc:ada-1")
    await here.vps("loc:ada-1", vps.OperationParked, **PARKED)
    [opened] = await here.open_incidents()
    assert (opened.cause, opened.subject) == (IncidentCause.CREATE_FAILED, "loc:ada-1")
    assert (opened.contact_id, opened.plan) == ("c", "small")
    await here.expectation_overdue("loc:ada-1")
    assert len(await here.open_incidents()) == 1
    await here.vps("loc:ada-1", vps.VpsReady, **READY)
    assert await here.open_incidents() == []
    assert [occasion for occasion, _ in await here.notifications()] == ["opened", "resolved"]


async def test_redelivered_records_change_nothing(here: NotifierOverMongo) -> None:
    records = [
        *await here.pays("loc:ada"),
        *await here.requested("loc:ada-1"),
        *await here.vps("loc:ada-1", vps.OperationWithheld, **WITHHELD),
        *await here.vps("loc:ada-1", vps.WithholdingEnded, reason="observe"),
        *await here.vps("loc:ada-1", vps.OperationParked, **PARKED),
        *await here.vps("loc:ada-1", vps.VpsReady, **READY),
        *await here.publishes("subscription-loc:ada", not_understood("loc:ada")),
    ]
    before = await here.stream_lengths()
    await here.redelivers(records)
    await here.redelivers(records[2:])
    await here.redelivers(records[-1:])
    assert await here.stream_lengths() == before
    assert [one.cause for one in await here.open_incidents()] == [
        IncidentCause.SUBSCRIPTION_NOT_UNDERSTOOD
    ]


async def test_one_affected_channel_counts_once(here: NotifierOverMongo) -> None:
    for number in range(12):
        fell = NotificationFailedOver(
            notification_id=f"x.1/{number}/slack",
            incident_id="x.1",
            channel="slack",
            occasion=Occasion.OPENED,
            to_channel="email",
        )
        await here.publishes(f"notification-x.1/{number}/slack", fell)
    assert kinds(await here.incident_events()) == [IncidentOpened]


async def test_a_symptom_that_ended_before_a_crash_is_not_raised_after_it(
    here: NotifierOverMongo,
) -> None:
    cloud = process_symptom(IncidentCause.SERVICE_UNHEALTHY, "ingest")
    assert await here.symptoms.add("event-1", cloud)
    assert await here.symptoms.add("event-1", cloud)  # as after a crash
    await here.symptoms.end(
        "event-2", Recovery(IncidentCause.SERVICE_UNHEALTHY, "ingest", None, "It is back.")
    )
    assert not await here.symptoms.add("event-1", cloud)


async def test_after_an_admin_resolves_an_incident_a_new_symptom_reopens_it(
    here: NotifierOverMongo,
) -> None:
    await here.publishes("subscription-loc:ada", not_understood("loc:ada"))
    [opened] = await here.open_incidents()
    close = commands.ResolveIncident(
        command_id="c1",
        issued_at=now(),
        actor="user:ada",
        reason="known",
        incident_id=opened.incident_id,
    )
    asked = await here.publishes("command-c1", close)
    assert await here.open_incidents() == []
    before = await here.stream_lengths()
    await here.redelivers(asked)
    await here.pays("loc:ada")
    assert (await here.stream_lengths()).items() >= before.items()
    await here.publishes("subscription-loc:ada", not_understood("loc:ada"))
    [again] = await here.open_incidents()
    assert again.incident_id != opened.incident_id


async def test_a_mapped_price_resolves_the_incident_of_an_unmapped_one(
    here: NotifierOverMongo,
) -> None:
    unmapped = subscriptions.PlanUnmapped(
        entitlement=entitlement(Verdict.UNCHANGED), price_id="price_9"
    )
    await here.publishes("subscription-loc:ada", unmapped)
    assert [one.subject for one in await here.open_incidents()] == ["price_9"]
    await here.pays("loc:ada")
    assert await here.open_incidents() == []


class JoinedMeanwhile(MongoEventStore):
    """Adds a symptom of another customer while the incident is being resolved."""

    here: NotifierOverMongo | None = None

    async def append(
        self, decider: Any, stream: Stream[Any], events: Any, **more: Any
    ) -> Stream[Any]:
        here, self.here = self.here, None
        if here is not None and any(isinstance(event, IncidentResolved) for event in events):
            await here.publishes("inventory-b", _orphaned("loc:ben-1"))
        elif here is not None:
            self.here = here
        return await super().append(decider, stream, events, **more)


def _orphaned(vps_id: str) -> vps.ServerOrphaned:
    return vps.ServerOrphaned(account_id=ACCOUNT, provider_id=vps_id, name="a-server")


async def test_a_symptom_that_joins_during_the_resolution_is_announced(
    mongodb_url: str,
) -> None:
    async with notifier_over_mongo(mongodb_url, JoinedMeanwhile) as here:
        await here.publishes("inventory-a", _orphaned("loc:ada-1"))
        assert isinstance(here.store, JoinedMeanwhile)
        here.store.here = here
        gone = vps.OrphanGone(account_id=ACCOUNT, provider_id="loc:ada-1")
        await here.publishes("inventory-x", gone)
        [left] = await here.open_incidents()
        assert left.title == "A server belongs to no customer: a-server"
        assert [occasion for occasion, _ in await here.notifications()] == [
            "opened",
            "opened",
            "resolved",
        ]
        await here.publishes(
            "inventory-x", vps.OrphanGone(account_id=ACCOUNT, provider_id="loc:ben-1")
        )
        assert await here.open_incidents() == []
