"""Due work on write-backs: writes the VPSs' confirmed state to the contact's custom fields.

GHL's own workflows inform the customer when these fields change. An event records that GHL accepted
the values. Writing the same values twice is harmless.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.ids import location_of, stream_of
from slipway.contracts.subscriptions import WriteBackRequested
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore
from slipway.eventstore.stream import Claim
from slipway.ingest.ghl.port import GhlApi, Refused, TryLater
from slipway.ingest.subscriptions.decider import SUBSCRIPTION
from slipway.ingest.write_back.decider import (
    WRITE_BACK,
    Command,
    ReportFailed,
    ReportWritten,
    WriteBack,
    field_values,
)
from slipway.telemetry import logs, traces

IP_FIELD = "vps_ip"
STATE_FIELD = "vps_state"


class WriteBackWorker:
    def __init__(self, store: EventStore, ghl: GhlApi, *, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._ghl = ghl
        self._clock = clock
        self._field_ids: dict[str, Mapping[str, str]] = {}
        """Field ids by key, for each location."""

    async def step(self, claim: Claim) -> None:
        stream = await self._store.load(WRITE_BACK, claim.stream)
        if not stream.is_open:
            return
        cause = await self._last_request(claim.stream)
        with (
            traces.span("write back", parent=cause.meta.traceparent),
            logs.about(correlation_id=cause.meta.correlation_id),
        ):
            meta = Meta(
                correlation_id=cause.meta.correlation_id,
                causation_id=cause.id,
                traceparent=traces.current_traceparent() or cause.meta.traceparent,
            )
            try:
                result = await self._write(stream.state)
            except TryLater as error:
                await self._store.postpone(claim, error.after_seconds)
                return
            await handle(
                self._store, WRITE_BACK, claim.stream, result, now=self._clock(), meta=meta
            )

    async def _write(self, state: WriteBack) -> Command:
        """Writes the fields and returns the result as a command. Raises TryLater."""
        location = location_of(state.subscription_id)
        contact = state.contact_id or await self._contact_of(state.subscription_id)
        if contact is None:
            return ReportFailed(state.requests, "GHL's record names no contact")
        ip, vps_state = field_values(state)
        try:
            ids = await self._ids_of_fields(location)
            missing = [name for name in (IP_FIELD, STATE_FIELD) if name not in ids]
            if missing:
                self._field_ids.pop(location)
                problem = f"no contact custom field {' and '.join(missing)}: create it in GHL"
                return ReportFailed(state.requests, problem)
            values = {ids[IP_FIELD]: ip, ids[STATE_FIELD]: vps_state}
            await self._ghl.write_contact(location, contact, values)
        except Refused as error:
            self._field_ids.pop(location, None)
            return ReportFailed(state.requests, str(error))
        return ReportWritten(state.requests)

    async def _ids_of_fields(self, location: str) -> Mapping[str, str]:
        if location not in self._field_ids:
            self._field_ids[location] = await self._ghl.custom_fields(location)
        return self._field_ids[location]

    async def _contact_of(self, subscription: str) -> str | None:
        stream = await self._store.load(
            SUBSCRIPTION, stream_of(SUBSCRIPTION.category, subscription)
        )
        return stream.state.entitlement.contact_id if stream.state.entitlement else None

    async def _last_request(self, stream: str) -> Recorded:
        requests = [
            record
            for record in await self._store.read(stream)
            if isinstance(record.event, WriteBackRequested)
        ]
        return requests[-1]
