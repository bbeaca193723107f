"""Due work on write-backs: what was proven of a VPS goes into the contact's custom fields.

GHL's own workflows tell the buyer from there. The receipt is an event; sending twice is harmless.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.ids import location_of, stream_of
from slipway.contracts.subscriptions import WriteBackRequested
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore
from slipway.eventstore.stream import Claim
from slipway.ingest.ghl.port import Ghl, Refused, TryLater
from slipway.ingest.subscriptions.decider import SUBSCRIPTION
from slipway.ingest.write_back.decider import WRITE_BACK, Command, Done, Fail, WriteBack, values
from slipway.telemetry import logs, traces

IP_FIELD = "vps_ip"
STATE_FIELD = "vps_state"


class WriteBackWorker:
    def __init__(self, store: EventStore, ghl: Ghl, *, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._ghl = ghl
        self._clock = clock
        self._fields: dict[str, Mapping[str, str]] = {}

    async def step(self, claim: Claim) -> None:
        stream = await self._store.load(WRITE_BACK, claim.stream)
        if not stream.is_open:
            return
        cause = await self._cause(claim.stream)
        with (
            traces.span("write back", parent=cause.meta.traceparent),
            logs.about(correlation_id=cause.meta.correlation_id),
        ):
            meta = Meta.caused_by(cause, traceparent=traces.current_traceparent())
            try:
                outcome = await self._write(stream.state)
            except TryLater as error:
                await self._store.postpone(claim, error.after_seconds)
                return
            await handle(
                self._store, WRITE_BACK, claim.stream, outcome, now=self._clock(), meta=meta
            )

    async def _write(self, state: WriteBack) -> Command:
        location = location_of(state.subscription_id)
        contact = state.contact_id or await self._contact_of(state.subscription_id)
        if contact is None:
            return Fail(state.requests, "GHL's record names no contact")
        ip, shown = values(state)
        try:
            fields = await self._field_ids(location)
            missing = [name for name in (IP_FIELD, STATE_FIELD) if name not in fields]
            if missing:
                self._fields.pop(location)
                problem = f"no contact custom field {' and '.join(missing)}: create it in GHL"
                return Fail(state.requests, problem)
            wanted = {fields[IP_FIELD]: ip, fields[STATE_FIELD]: shown}
            await self._ghl.write_contact(location, contact, wanted)
        except Refused as error:
            self._fields.pop(location, None)
            return Fail(state.requests, str(error))
        return Done(state.requests)

    async def _field_ids(self, location: str) -> Mapping[str, str]:
        if location not in self._fields:
            self._fields[location] = await self._ghl.custom_fields(location)
        return self._fields[location]

    async def _contact_of(self, subscription: str) -> str | None:
        stream = await self._store.load(
            SUBSCRIPTION, stream_of(SUBSCRIPTION.category, subscription)
        )
        return stream.state.entitlement.contact_id if stream.state.entitlement else None

    async def _cause(self, stream: str) -> Recorded:
        requests = [
            record
            for record in await self._store.read(stream)
            if isinstance(record.event, WriteBackRequested)
        ]
        return requests[-1]
