"""Sends one notification: records the attempt, calls the channel, records the outcome (H22).

Only this module and `fallback_alerts` call a channel. Due work may run twice, and a message that
may be a second copy says so. Read next: `channels`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from slipway.contracts.envelope import Meta
from slipway.contracts.ids import stream_of
from slipway.contracts.incidents import (
    IncidentEvent,
    IncidentOpened,
    IncidentResolved,
    NotificationFailedOver,
    NotificationQueued,
    Occasion,
)
from slipway.eventstore.command_handling import Handled, handle
from slipway.eventstore.due_work import Claim
from slipway.eventstore.store import EventStore, NewStream
from slipway.notifier.incident_key import stream_of_incident
from slipway.notifier.notifications.commands import Attempt, Command, Failure, Receipt
from slipway.notifier.notifications.decider import DECIDER, decide
from slipway.notifier.notifications.port import (
    NotificationChannel,
    OutcomeUnknown,
    Refused,
    RenderedMessage,
    SendFailed,
    TryLater,
)
from slipway.notifier.notifications.render import render
from slipway.notifier.notifications.state import State
from slipway.telemetry import traces

_ORDER_WAIT_SECONDS = 0.3
"""The wait until a notification checks again whether an earlier message was sent."""


class Sender:
    def __init__(
        self,
        store: EventStore,
        channels: Sequence[NotificationChannel],
        *,
        clock: Callable[[], datetime],
        portal_url: str,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._channels: Mapping[str, NotificationChannel] = {
            channel.name: channel for channel in channels
        }
        self._next = dict(zip(self._channels, [*list(self._channels)[1:], None], strict=True))
        self._clock = clock
        self._portal_url = portal_url
        self._wake = wake

    async def send(self, claim: Claim) -> None:
        cause = (await self._store.read(claim.stream))[-1]
        with traces.span("notify", parent=cause.meta.traceparent):
            meta = Meta.caused_by(cause, traceparent=traces.current_traceparent())
            queued = (await self._store.load(DECIDER, claim.stream)).state.queued
            if queued is None:
                return
            if await self._must_wait(queued):
                await self._store.postpone(claim, _ORDER_WAIT_SECONDS)
                return
            attempted = await self._decide(
                claim.stream, Attempt(self._clock()), meta, claim.version
            )
            if attempted.recorded:
                await self._attempt(queued, attempted.stream.state, meta)

    async def _attempt(self, queued: NotificationQueued, state: State, meta: Meta) -> None:
        message = await self._message(queued, repeat=state.repeat)
        outcome = await self._call(queued.channel, message)
        for event in decide(outcome, state):
            if isinstance(event, NotificationFailedOver):
                # Queued before the failover is recorded, so that a crash loses no message.
                await self._queue_on(event.to_channel, queued, meta)
        stream = stream_of(DECIDER.category, queued.notification_id)
        await self._decide(stream, outcome, meta)

    async def _call(self, name: str, message: RenderedMessage) -> Command:
        channel = self._channels.get(name)
        if channel is None:
            # The message was queued before this channel was removed from the settings.
            first = next(iter(self._channels))
            problem = f"{name} is no longer configured."
            return Failure(self._clock(), problem, first, permanent=True)
        try:
            with traces.span(f"send {name}"):
                await channel.send(message)
        except SendFailed as failure:
            return Failure(
                now=self._clock(),
                problem=failure.problem,
                next_channel=self._next[name],
                outcome_unknown=isinstance(failure, OutcomeUnknown),
                permanent=isinstance(failure, Refused),
                retry_after=failure.retry_after if isinstance(failure, TryLater) else None,
            )
        return Receipt()

    async def _must_wait(self, queued: NotificationQueued) -> bool:
        """Returns whether an earlier message about this incident still waits on this channel."""
        if queued.occasion is Occasion.OPENED:
            return False
        own = int(queued.notification_id.split("/")[-2])
        for record in await self._store.read(stream_of_incident(queued.incident_id)):
            event = record.event
            if record.version >= own or not isinstance(event, IncidentEvent):
                continue
            id_ = f"{event.incident_id}/{record.version}/{queued.channel}"
            stream = stream_of(DECIDER.category, id_)
            if (await self._store.load(DECIDER, stream)).state.due is not None:
                return True
        return False

    async def _queue_on(self, channel: str, queued: NotificationQueued, meta: Meta) -> None:
        """Queues the same message on another channel. Safe to repeat."""
        id_ = queued.notification_id.rpartition("/")[0] + f"/{channel}"
        now = self._clock()
        event = queued.model_copy(
            update={"notification_id": id_, "channel": channel, "queued_at": now}
        )
        stream = stream_of(DECIDER.category, id_)
        await self._store.create_streams(DECIDER, [NewStream(stream, [event], now, meta)])
        self._wake()

    async def _decide(
        self, stream: str, command: Command, meta: Meta, expected_version: int | None = None
    ) -> Handled[State]:
        return await handle(
            self._store,
            DECIDER,
            stream,
            command,
            now=self._clock(),
            meta=meta,
            expected_version=expected_version,
        )

    async def _message(self, queued: NotificationQueued, *, repeat: bool) -> RenderedMessage:
        opened, resolution = await self._incident(queued.incident_id)
        return render(
            incident=opened,
            occasion=queued.occasion,
            symptom_count=queued.symptom_count,
            resolution=resolution,
            repeat=repeat,
            portal_url=self._portal_url,
        )

    async def _incident(self, incident_id: str) -> tuple[IncidentOpened, str | None]:
        """Returns the event that opened the incident, and the reason of its end or None."""
        opened: IncidentOpened | None = None
        resolution: str | None = None
        for record in await self._store.read(stream_of_incident(incident_id)):
            event = record.event
            if isinstance(event, IncidentOpened) and event.incident_id == incident_id:
                opened = event
            if isinstance(event, IncidentResolved) and event.incident_id == incident_id:
                resolution = event.reason
        if opened is None:
            raise LookupError(f"no incident {incident_id} in its stream")
        return opened, resolution
