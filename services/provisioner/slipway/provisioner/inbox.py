"""Applies Subscription events from Kafka to the Vps streams. `worker` then calls the providers.

Each event carries the whole entitlement. An entitlement that is not newer than the one applied last
changes nothing. So the sequence of events does not matter, and neither do repetitions (H2).
"""

from collections.abc import Callable
from datetime import datetime

from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.ids import stream_of, vps_id
from slipway.contracts.subscriptions import (
    EntitlementChecked,
    EntitlementCheckRequested,
    SubscriptionEvent,
)
from slipway.contracts.vps import SourceVersion
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore
from slipway.provisioner.safety.location_mode import LOCATION, NoteLocation
from slipway.provisioner.specs import Specs, hash_of
from slipway.provisioner.vps.decider import CATEGORY, VPS
from slipway.provisioner.vps.entitlement import ApplyEntitlement, is_newer
from slipway.provisioner.vps.release import AnswerRelease

_BEYOND = 20
"""How many numbers above the quantity are searched at a time for VPSs created earlier. An ordinal
is the number n of a VPS in its subscription."""


class SubscriptionInbox:
    def __init__(
        self,
        store: EventStore,
        specs: Specs,
        *,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._specs = specs
        self._clock = clock
        self._wake = wake
        self._known_locations: set[str] = set()

    async def on_subscription(self, record: Recorded) -> None:
        """Applies the entitlement of a Subscription event.

        `EntitlementChecked` also carries GHL's answer about a deletion, which is applied next. No
        earlier event is needed, because the stream stores the version of the entitlement applied
        last.
        """
        event = record.event
        if isinstance(event, EntitlementChecked):
            await self._on_checked(event, record)
        elif isinstance(event, SubscriptionEvent) and not isinstance(
            event, EntitlementCheckRequested
        ):
            await self._on_entitlement(event, record)

    async def _on_checked(self, event: EntitlementChecked, record: Recorded) -> None:
        # The entitlement is applied first, because it may end the operation or extend the plan's
        # hold. Otherwise the operation could be sent between the two.
        await self._on_entitlement(event, record)
        now = self._clock()
        command = AnswerRelease(now, event.kind, event.nonce, event.answer, _source(record))
        stream = stream_of(CATEGORY, event.vps_id)
        await handle(self._store, VPS, stream, command, now=now, meta=Meta.caused_by(record))
        self._wake()

    async def _on_entitlement(self, event: SubscriptionEvent, record: Recorded) -> None:
        entitlement, now = event.entitlement, self._clock()
        await self._note_location(entitlement.location_id, record)
        spec, source = self._specs.of(entitlement.plan), _source(record)
        quantity = entitlement.quantity or 0
        for ordinal in await self._ordinals(entitlement.subscription_id, quantity):
            id_ = vps_id(entitlement.subscription_id, ordinal)
            command = ApplyEntitlement(
                now=now,
                vps_id=id_,
                entitlement=entitlement,
                source=source,
                included=ordinal <= quantity,
                spec=spec,
                spec_hash=hash_of(spec),
                correlation_id=record.meta.correlation_id,
                traceparent=record.meta.traceparent,
            )
            stream, meta = stream_of(CATEGORY, id_), Meta.caused_by(record)
            handled = await handle(self._store, VPS, stream, command, now=now, meta=meta)
            known = handled.stream.state.source
            if known is not None and is_newer(known, source):
                break  # redriven: an older, larger quantity creates no further VPS (H2)
        self._wake()

    async def _ordinals(self, subscription_id: str, quantity: int) -> list[int]:
        """Returns the ordinals n of the subscription's VPSs, in ascending order.

        These are 1 to `quantity` and the ordinals of all VPSs that have a stream already.
        """
        known: list[int] = []
        start = 1
        while True:
            asked = {
                stream_of(CATEGORY, vps_id(subscription_id, ordinal)): ordinal
                for ordinal in range(start, max(quantity, start) + _BEYOND)
            }
            found = await self._store.existing(list(asked))
            known += [asked[stream] for stream in found]
            start = max(asked.values()) + 1
            if not found or len(found) < len(asked):
                return sorted({*range(1, quantity + 1), *known})

    async def _note_location(self, location_id: str, record: Recorded) -> None:
        if location_id in self._known_locations:
            return
        now, stream = self._clock(), stream_of(LOCATION.category, location_id)
        command = NoteLocation(location_id)
        await handle(self._store, LOCATION, stream, command, now=now, meta=Meta.caused_by(record))
        self._known_locations.add(location_id)


def _source(record: Recorded) -> SourceVersion:
    return SourceVersion(epoch=record.epoch, version=record.version)
