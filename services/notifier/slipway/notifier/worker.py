"""Does what is due: says that an expectation is late, reminds of an incident, sends a notification.

The only place that calls a channel. Each step decides on the stream's own state, so it may run
twice; an attempt is recorded before the channel is called (H22). Next: `channels`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.ids import stream_of
from slipway.contracts.incidents import (
    IncidentOpened,
    IncidentResolved,
    NotificationAttempted,
    NotificationFellOver,
    NotificationQueued,
)
from slipway.eventstore.command_handling import handle
from slipway.eventstore.due_work import Claim
from slipway.eventstore.store import EventStore, First
from slipway.notifier import expectation, incident, notification
from slipway.notifier.letters import write
from slipway.notifier.ports import Channel, Letter, NotTaken
from slipway.telemetry import traces


class Worker:
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

    async def check_promise(self, claim: Claim) -> None:
        await handle(
            self._store,
            expectation.DECIDER,
            claim.stream,
            expectation.CheckPromise(self._clock()),
            now=self._clock(),
            meta=await self._meta(claim.stream),
        )

    async def remind(self, claim: Claim) -> None:
        await handle(
            self._store,
            incident.DECIDER,
            claim.stream,
            incident.Remind(self._clock()),
            now=self._clock(),
            meta=await self._meta(claim.stream),
        )

    async def notify(self, claim: Claim) -> None:
        """Send one notification: attempt recorded, channel called, outcome recorded."""
        meta = await self._meta(claim.stream)
        with traces.span("notify", parent=meta.traceparent):
            meta = meta.model_copy(
                update={"traceparent": traces.current_traceparent() or meta.traceparent}
            )
            attempted = await self._decide(
                claim.stream, notification.Attempt(self._clock()), meta, claim.version
            )
            if not attempted:
                return
            state = (await self._store.load(notification.DECIDER, claim.stream)).state
            assert state.queued is not None  # noqa: S101 - an attempt follows a queueing
            assert isinstance(attempted[0].event, NotificationAttempted)  # noqa: S101 - as decided
            letter = await self._letter(state.queued, repeat=state.repeat)
            outcome = await self._send(state.queued.channel, letter)
            recorded = await self._decide(claim.stream, outcome, meta)
            await self._fall_over(state.queued, recorded, meta)

    async def _send(self, channel: str, letter: Letter) -> notification.Command:
        next_channel = self._after.get(channel)
        try:
            with traces.span(f"send {channel}"):
                await self._channels[channel].send(letter)
        except NotTaken as refusal:
            return notification.Failure(
                now=self._clock(),
                problem=refusal.problem,
                next_channel=next_channel,
                in_doubt=refusal.in_doubt,
                wait=refusal.wait,
            )
        return notification.Receipt()

    async def _decide(
        self,
        stream: str,
        command: notification.Command,
        meta: Meta,
        expected_version: int | None = None,
    ) -> list[Recorded]:
        handled = await handle(
            self._store,
            notification.DECIDER,
            stream,
            command,
            now=self._clock(),
            meta=meta,
            expected_version=expected_version,
        )
        return handled.recorded

    async def _fall_over(
        self, queued: NotificationQueued, recorded: list[Recorded], meta: Meta
    ) -> None:
        for record in recorded:
            if isinstance(record.event, NotificationFellOver):
                await self.queue_on(queued, record.event.to_channel, meta)

    async def queue_on(self, queued: NotificationQueued, channel: str, meta: Meta) -> None:
        """The same announcement on another channel; safe to repeat."""
        id_ = queued.notification_id.rpartition("/")[0] + f"/{channel}"
        event = queued.model_copy(
            update={"notification_id": id_, "channel": channel, "queued_at": self._clock()}
        )
        stream = stream_of("notification", id_)
        await self._store.append_first(
            notification.DECIDER, [First(stream, [event], self._clock(), meta)]
        )
        self._wake()

    async def _letter(self, queued: NotificationQueued, *, repeat: bool) -> Letter:
        opened, resolution = await self._story(queued.incident_id)
        return write(
            incident=opened,
            occasion=queued.occasion,
            symptoms=queued.symptoms,
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

    async def _meta(self, stream: str) -> Meta:
        last = (await self._store.read(stream))[-1]
        return Meta(
            correlation_id=last.meta.correlation_id,
            causation_id=last.id,
            traceparent=last.meta.traceparent,
        )
