"""Sends one notification: the attempt recorded, a channel called, the outcome recorded (H22).

The only place beside `last_resort` that calls a channel. `worker` claims what is due; it may run
twice, and a copy that may be a second one says so. Next: `channels`.
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
from slipway.notifier.incidents import decider as incident
from slipway.notifier.notifications import decider as notification
from slipway.notifier.notifications.port import (
    Channel,
    Letter,
    NotTaken,
    OutcomeUnknown,
    Refused,
    TryLater,
)
from slipway.notifier.notifications.render import write
from slipway.telemetry import traces

_TURN_SECONDS = 0.3
"""How soon a message asks again whether the one before it has gone out."""


class Sender:
    def __init__(
        self,
        store: EventStore,
        channels: Sequence[Channel],
        *,
        clock: Callable[[], datetime],
        portal_url: str,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._channels: Mapping[str, Channel] = {channel.name: channel for channel in channels}
        self._after = dict(zip(self._channels, [*list(self._channels)[1:], None], strict=True))
        self._clock = clock
        self._portal_url = portal_url
        self._wake = wake

    async def send(self, claim: Claim, meta: Meta) -> None:
        with traces.span("notify", parent=meta.traceparent):
            meta = meta.model_copy(
                update={"traceparent": traces.current_traceparent() or meta.traceparent}
            )
            queued = (await self._store.load(notification.DECIDER, claim.stream)).state.queued
            if queued is None:
                return
            if await self._is_out_of_turn(queued):
                await self._store.postpone(claim, _TURN_SECONDS)
                return
            attempted = await self._decide(
                claim.stream, notification.Attempt(self._clock()), meta, claim.version
            )
            if attempted.recorded:
                await self._attempt(queued, attempted.stream.state, meta)

    async def _attempt(
        self, queued: NotificationQueued, state: notification.State, meta: Meta
    ) -> None:
        letter = await self._letter(queued, repeat=state.repeat)
        outcome = await self._outcome(queued.channel, letter)
        for event in notification.decide(outcome, state):
            if isinstance(event, NotificationFailedOver):
                # Queued before it is recorded: a death in between must not lose the message.
                await self._queue_on(queued, event.to_channel, meta)
        stream = stream_of(notification.DECIDER.category, queued.notification_id)
        await self._decide(stream, outcome, meta)

    async def _outcome(self, name: str, letter: Letter) -> notification.Command:
        channel = self._channels.get(name)
        if channel is None:
            # Queued when the settings still named it.
            first = next(iter(self._channels))
            problem = f"{name} is no longer set up."
            return notification.Failure(self._clock(), problem, first, for_good=True)
        try:
            with traces.span(f"send {name}"):
                await channel.send(letter)
        except NotTaken as refusal:
            return notification.Failure(
                now=self._clock(),
                problem=refusal.problem,
                next_channel=self._after[name],
                outcome_unknown=isinstance(refusal, OutcomeUnknown),
                for_good=isinstance(refusal, Refused),
                wait=refusal.wait if isinstance(refusal, TryLater) else None,
            )
        return notification.Receipt()

    async def _is_out_of_turn(self, queued: NotificationQueued) -> bool:
        """Whether something said earlier of this incident is still on its way on this channel."""
        if queued.occasion is Occasion.OPENED:
            return False
        own = int(queued.notification_id.split("/")[-2])
        for record in await self._store.read(incident.stream_of(queued.incident_id)):
            event = record.event
            if record.version >= own or not isinstance(event, IncidentEvent):
                continue
            id_ = f"{event.incident_id}/{record.version}/{queued.channel}"
            stream = stream_of(notification.DECIDER.category, id_)
            if (await self._store.load(notification.DECIDER, stream)).state.due is not None:
                return True
        return False

    async def _queue_on(self, queued: NotificationQueued, channel: str, meta: Meta) -> None:
        """The same announcement on another channel; safe to repeat."""
        id_ = queued.notification_id.rpartition("/")[0] + f"/{channel}"
        now = self._clock()
        event = queued.model_copy(
            update={"notification_id": id_, "channel": channel, "queued_at": now}
        )
        stream = stream_of(notification.DECIDER.category, id_)
        await self._store.create_streams(
            notification.DECIDER, [NewStream(stream, [event], now, meta)]
        )
        self._wake()

    async def _decide(
        self,
        stream: str,
        command: notification.Command,
        meta: Meta,
        expected_version: int | None = None,
    ) -> Handled[notification.State]:
        return await handle(
            self._store,
            notification.DECIDER,
            stream,
            command,
            now=self._clock(),
            meta=meta,
            expected_version=expected_version,
        )

    async def _letter(self, queued: NotificationQueued, *, repeat: bool) -> Letter:
        opened, resolution = await self._story(queued.incident_id)
        return write(
            incident=opened,
            occasion=queued.occasion,
            symptom_count=queued.symptom_count,
            resolution=resolution,
            repeat=repeat,
            portal_url=self._portal_url,
        )

    async def _story(self, incident_id: str) -> tuple[IncidentOpened, str | None]:
        """How this occurrence began, and how it ended if it did."""
        opened: IncidentOpened | None = None
        resolution: str | None = None
        for record in await self._store.read(incident.stream_of(incident_id)):
            event = record.event
            if isinstance(event, IncidentOpened) and event.incident_id == incident_id:
                opened = event
            if isinstance(event, IncidentResolved) and event.incident_id == incident_id:
                resolution = event.reason
        if opened is None:
            raise LookupError(f"no incident {incident_id}: its stream was tampered with")
        return opened, resolution
