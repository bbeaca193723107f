"""Handles raw webhooks and `vps` events from Kafka. It only appends to streams.

A Kafka offset is committed only after the append (H1). No handler calls GHL. Read next: the
workers.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import get_args

from slipway.contracts import vps
from slipway.contracts.deliveries import RawRef
from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.ids import location_of, stream_of
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore
from slipway.eventstore.stream import NewStream
from slipway.ingest.deliveries.decider import DELIVERY
from slipway.ingest.deliveries.envelope import new_delivery
from slipway.ingest.subscriptions.decider import SUBSCRIPTION, RequestCheck
from slipway.ingest.write_back.decider import GONE, WRITE_BACK, RequestWriteBack
from slipway.messaging.consumer import RawRecord

Wake = Callable[[], None]
RecordActivity = Callable[[str, datetime], None]
ProvenState = vps.VpsReady | vps.VpsResumed | vps.VpsSuspended | vps.VpsDeleted
HANDLED_EVENTS = (vps.ReleaseRequested, *get_args(ProvenState))
"""All events that `VpsInbox` handles."""


class WebhookInbox:
    """Creates one delivery stream for each record, in one write for each batch.

    A delivery that exists already does not change.
    """

    def __init__(
        self,
        store: EventStore,
        locations: AbstractSet[str],
        *,
        clock: Callable[[], datetime],
        wake: Wake,
        record_activity: RecordActivity,
        counters: Counter[str],
    ) -> None:
        self._store = store
        self._locations = locations
        self._clock = clock
        self._wake = wake
        self._record_activity = record_activity
        self._counters = counters

    async def on_batch(self, records: Sequence[RawRecord]) -> None:
        now = self._clock()
        deliveries = [
            new_delivery(
                record.headers,
                record.value or b"",
                RawRef(topic=record.topic, partition=record.partition, offset=record.offset),
                self._locations,
                now,
            )
            for record in records
        ]
        streams = [NewStream(each.stream, (each.event,), now, each.meta) for each in deliveries]
        created = await self._store.create_streams(DELIVERY, streams)
        self._counters["duplicates"] += created.count(False)
        for each in deliveries:
            location = each.event.location_id
            if location is not None and location in self._locations:
                self._record_activity(location, each.event.received_at)
        self._wake()


class VpsInbox:
    """Handles requests for a deletion confirmation, and confirmed states of a VPS.

    A redelivered event changes nothing, because a request has a nonce and a state has a version.
    """

    def __init__(
        self,
        store: EventStore,
        *,
        clock: Callable[[], datetime],
        wake_checks: Wake,
        wake_write_back: Wake,
    ) -> None:
        self._store = store
        self._clock = clock
        self._wake_checks = wake_checks
        self._wake_write_back = wake_write_back

    async def on_vps(self, record: Recorded) -> None:
        match record.event:
            case vps.ReleaseRequested() as event:
                await self._on_release_requested(event, record)
            case vps.VpsReady() | vps.VpsResumed() as event:
                await self._on_proven_state(event, "ready", event.ipv4 or "", record)
            case vps.VpsSuspended() as event:
                await self._on_proven_state(event, "suspended", "", record)
            case vps.VpsDeleted() as event:
                await self._on_proven_state(event, GONE, "", record)
            case _:
                return

    async def _on_release_requested(self, event: vps.ReleaseRequested, record: Recorded) -> None:
        now, meta = self._clock(), Meta.caused_by(record)
        command = RequestCheck(event.subscription_id, event.vps_id, event.kind, event.nonce, now)
        stream = stream_of(SUBSCRIPTION.category, event.subscription_id)
        await handle(self._store, SUBSCRIPTION, stream, command, now=now, meta=meta)
        self._wake_checks()

    async def _on_proven_state(
        self, event: ProvenState, state: str, ip: str, record: Recorded
    ) -> None:
        now, meta = self._clock(), Meta.caused_by(record)
        command = RequestWriteBack(
            subscription_id=event.subscription_id,
            contact_id=event.contact_id,
            vps_id=event.vps_id,
            ip=ip,
            state=state,
            source=(record.epoch, record.version),
            at=now,
        )
        stream = stream_of(WRITE_BACK.category, await self._write_back_id(event))
        await handle(self._store, WRITE_BACK, stream, command, now=now, meta=meta)
        self._wake_write_back()

    async def _write_back_id(self, event: ProvenState) -> str:
        """Returns the contact's write-back id, or the subscription's if it has no contact.

        A contact has only one stream, because two writers of one field would overwrite each other.
        """
        contact = event.contact_id
        if contact is None:
            known = stream_of(SUBSCRIPTION.category, event.subscription_id)
            entitlement = (await self._store.load(SUBSCRIPTION, known)).state.entitlement
            contact = entitlement.contact_id if entitlement else None
        if contact is None:
            return event.subscription_id
        return f"{location_of(event.subscription_id)}:{contact}"
