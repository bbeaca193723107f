"""Takes raw webhooks, `vps` and `commands` from Kafka; appends, nothing else. Next: `worker`.

A record is committed only after what it says is stored (H1); no call to GHL runs in here.
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
from slipway.ingest.deliveries.envelope import receive
from slipway.ingest.subscriptions.decider import SUBSCRIPTION, AskCheck
from slipway.ingest.write_back.decider import GONE, WRITE_BACK, Want
from slipway.messaging.consumer import RawRecord

Wake = Callable[[], None]
Heard = Callable[[str, datetime], None]
Proof = vps.VpsReady | vps.VpsResumed | vps.VpsSuspended | vps.VpsDeleted
WANTED = (vps.ReleaseRequested, *get_args(Proof))
"""All that `VpsInbox` does something with."""


class WebhookInbox:
    """A batch becomes streams in one bulk; what is known already stays as it is."""

    def __init__(
        self,
        store: EventStore,
        locations: AbstractSet[str],
        *,
        clock: Callable[[], datetime],
        wake: Wake,
        heard: Heard,
        counters: Counter[str],
    ) -> None:
        self._store = store
        self._locations = locations
        self._clock = clock
        self._wake = wake
        self._heard = heard
        self._counters = counters

    async def on_batch(self, records: Sequence[RawRecord]) -> None:
        now = self._clock()
        received = [
            receive(
                record.headers,
                record.value or b"",
                RawRef(topic=record.topic, partition=record.partition, offset=record.offset),
                self._locations,
                now,
            )
            for record in records
        ]
        firsts = [NewStream(one.stream, (one.event,), now, one.meta) for one in received]
        begun = await self._store.create_streams(DELIVERY, firsts)
        self._counters["duplicates"] += begun.count(False)
        for one in received:
            if one.event.location_id in self._locations:
                self._heard(str(one.event.location_id), one.event.received_at)
        self._wake()


class VpsInbox:
    """Needs no deltas: a question is known by its nonce, a proof by its version."""

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
            case vps.ReleaseRequested() as asked:
                await self._on_release_requested(asked, record)
            case vps.VpsReady() | vps.VpsResumed() as proof:
                await self._on_proof(proof, "ready", proof.ipv4 or "", record)
            case vps.VpsSuspended() as proof:
                await self._on_proof(proof, "suspended", "", record)
            case vps.VpsDeleted() as proof:
                await self._on_proof(proof, GONE, "", record)
            case _:
                return

    async def _on_release_requested(self, asked: vps.ReleaseRequested, record: Recorded) -> None:
        now = self._clock()
        command = AskCheck(asked.subscription_id, asked.vps_id, asked.nonce, now)
        stream = stream_of(SUBSCRIPTION.category, asked.subscription_id)
        await handle(
            self._store, SUBSCRIPTION, stream, command, now=now, meta=Meta.caused_by(record)
        )
        self._wake_checks()

    async def _on_proof(
        self,
        proof: Proof,
        state: str,
        ip: str,
        record: Recorded,
    ) -> None:
        now = self._clock()
        wish = Want(
            subscription_id=proof.subscription_id,
            contact_id=proof.contact_id,
            vps_id=proof.vps_id,
            ip=ip,
            state=state,
            source=(record.epoch, record.version),
            at=now,
        )
        owner = await self._owner(proof)
        stream = stream_of(WRITE_BACK.category, owner)
        await handle(self._store, WRITE_BACK, stream, wish, now=now, meta=Meta.caused_by(record))
        self._wake_write_back()

    async def _owner(self, proof: Proof) -> str:
        """The contact where one is known: two writers of one field would undo each other."""
        contact = proof.contact_id
        if contact is None:
            known = stream_of(SUBSCRIPTION.category, proof.subscription_id)
            entitlement = (await self._store.load(SUBSCRIPTION, known)).state.entitlement
            contact = entitlement.contact_id if entitlement else None
        if contact is None:
            return proof.subscription_id
        return f"{location_of(proof.subscription_id)}:{contact}"
