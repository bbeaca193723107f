"""The notifier's inbox over a real MongoDB. It gets its own events back, as from Kafka."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from slipway.contracts import incidents, subscriptions, vps
from slipway.contracts.envelope import Event, Message, Meta, Recorded
from slipway.contracts.ids import stream_of, subscription_of
from slipway.contracts.incidents import IncidentCause, Severity
from slipway.contracts.subscriptions import Verdict
from slipway.eventstore.command_handling import handle
from slipway.eventstore.mongo import MongoEventStore
from slipway.notifier.customers import CustomerDirectory
from slipway.notifier.expectations import decider as expectation
from slipway.notifier.expectations.commands import CheckOverdue
from slipway.notifier.expectations.handler import ExpectationHandler
from slipway.notifier.inbox import Inbox
from slipway.notifier.incidents.correlation import Correlation
from slipway.notifier.incidents.intake import IncidentIntake
from slipway.notifier.incidents.rules.result import RuleResult, Symptom
from slipway.notifier.incidents.symptoms import Symptoms
from slipway.notifier.processed_versions import ProcessedVersions

from tests.support.builders.expectation_commands import entitlement
from tests.support.servers.databases import fresh_database

ACCOUNT = "hetzner/main"
FAULT = vps.Fault(kind=vps.FaultKind.REJECTED, code="invalid_input", message="No such image.")
SPEC = vps.Spec(
    plan="small", provider="hetzner", account="main", size="cx", image="debian", regions=("fsn1",)
)
META = Meta(correlation_id="story")
PARKED = {"operation_id": "o1", "kind": vps.OperationKind.CREATE, "fault": FAULT, "attempts": 5}
READY = {"operation_id": "o1", "provider_id": "77", "generation": 1, "ipv4": "192.0.2.1"}
WITHHELD = {"kind": vps.OperationKind.CREATE, "reason": "observe"}


def now() -> datetime:
    return datetime.now(UTC)


class NotifierOverMongo:
    """A test publishes events in place of the other services, and reads the incidents."""

    def __init__(self, database: AsyncIOMotorDatabase[Any], store: MongoEventStore) -> None:
        self.store = store
        self._database = database
        self.symptoms, self._processed = Symptoms(database), ProcessedVersions(database)
        self.intake = IncidentIntake(store, self.symptoms, clock=now)
        directory = CustomerDirectory(database)
        self.inbox = Inbox(
            store,
            self._processed,
            ExpectationHandler(
                store, directory, timedelta(minutes=2), clock=now, wake=lambda: None
            ),
            Correlation(store, directory, self.intake),
            self.intake,
            clock=now,
            first_channel="slack",
            wake=lambda: None,
        )
        self._versions: defaultdict[str, int] = defaultdict(int)
        self._relayed: defaultdict[str, int] = defaultdict(int)

    async def prepare(self) -> None:
        await self.store.prepare()
        await self.symptoms.prepare()
        await self._processed.prepare()

    async def publishes(self, stream: str, *events: Message) -> list[Recorded]:
        """Handles the events and all that follow. Returns the records for a redelivery."""
        recorded = []
        for event in events:
            self._versions[stream] += 1
            recorded.append(
                Recorded(
                    stream=stream,
                    version=self._versions[stream],
                    time=now(),
                    event=event,
                    meta=META,
                )
            )
        await self.redelivers(recorded)
        return recorded

    async def redelivers(self, records: Sequence[Recorded]) -> None:
        for record in records:
            await self.inbox.handle(record)
        await self._relay()

    async def symptoms_found(self, *results: RuleResult) -> None:
        """Hands in results as the health-check loop does."""
        id_ = f"health/{now().isoformat()}"
        await self.intake.handle_results(id_, results, now=now(), meta=META)
        await self._relay()

    async def pays(self, id_: str, verdict: Verdict = Verdict.RUNNING) -> list[Recorded]:
        kind = {
            Verdict.RUNNING: subscriptions.EntitlementGranted,
            Verdict.ABSENT: subscriptions.EntitlementEnded,
        }[verdict]
        named = entitlement(verdict, subscription_id=id_, contact_id=f"contact-{id_}")
        return await self.publishes(f"subscription-{id_}", kind(entitlement=named))

    async def vps(self, id_: str, *events: type[vps.VpsEvent], **more: Any) -> list[Recorded]:
        about = {
            "vps_id": id_,
            "subscription_id": subscription_of(id_),
            "location_id": "loc",
            **more,
        }
        return await self.publishes(f"vps-{id_}", *(event(**about) for event in events))

    async def requested(self, id_: str) -> list[Recorded]:
        """The provisioner has requested the VPS."""
        return await self.vps(id_, vps.VpsRequested, spec=SPEC, spec_hash="h", contact_id="c")

    async def expectation_overdue(self, id_: str) -> None:
        """Checks the expectation of this VPS an hour later."""
        stream = stream_of(expectation.DECIDER.category, id_)
        check = CheckOverdue(now() + timedelta(hours=1))
        await handle(self.store, expectation.DECIDER, stream, check, now=now(), meta=META)
        await self._relay()

    async def incident_events(self) -> list[incidents.IncidentEvent]:
        """Returns all incident events, in the order of their streams."""
        return [one for one in await self._events() if isinstance(one, incidents.IncidentEvent)]

    async def open_incidents(self) -> list[incidents.IncidentOpened]:
        events = await self.incident_events()
        over = {one.incident_id for one in events if isinstance(one, incidents.IncidentResolved)}
        opened = [one for one in events if isinstance(one, incidents.IncidentOpened)]
        return [one for one in opened if one.incident_id not in over]

    async def notifications(self) -> list[tuple[str, str]]:
        """Returns (occasion, incident) of every queued notification."""
        queued = [
            one for one in await self._events() if isinstance(one, incidents.NotificationQueued)
        ]
        return sorted((one.occasion, one.incident_id) for one in queued)

    async def stream_lengths(self) -> dict[str, int]:
        """Returns the length of each stream. Equal lengths prove that nothing changed."""
        found = self._database["streams"].find({}, {"version": 1})
        return {one["_id"]: one["version"] async for one in found}

    async def _events(self) -> list[Event]:
        streams = sorted(await self.stream_lengths())
        records = [record for stream in streams for record in await self.store.read(stream)]
        return [record.event for record in records if isinstance(record.event, Event)]

    async def _relay(self) -> None:
        """Hands the notifier's new events back to its inbox, as its topic does."""
        more = True
        while more:
            more = False
            for stream, version in (await self.stream_lengths()).items():
                if version == self._relayed[stream]:
                    continue
                new = await self.store.read(stream, self._relayed[stream])
                self._relayed[stream] = version
                more = True
                for record in new:
                    await self.inbox.handle(record)


def process_symptom(cause: IncidentCause, subject: str) -> Symptom:
    return Symptom(
        cause=cause,
        subject=subject,
        affected=subject,
        severity=Severity.NOW,
        title="Something is wrong",
        explanation="It does not answer.",
        next_step="Restart it.",
        since=now(),
    )


@asynccontextmanager
async def notifier_over_mongo(
    mongodb_url: str, store_class: type[MongoEventStore] = MongoEventStore
) -> AsyncIterator[NotifierOverMongo]:
    async with fresh_database(mongodb_url) as database:
        here = NotifierOverMongo(database, store_class(database))
        await here.prepare()
        yield here
