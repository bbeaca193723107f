"""Handles the commands of admins: parse a delivery's body again, read a subscription now.

The `commands` inbox calls it. Each command is handled once, because its id is remembered (H21).
Commands about dead letters are handled by the messaging lib.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import datetime

from slipway.contracts import commands
from slipway.contracts.deliveries import DeliveryChannel
from slipway.contracts.envelope import Recorded
from slipway.contracts.ids import stream_of
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore
from slipway.ingest.deliveries.decider import DELIVERY, Delivery, RefuseReplay, Replay
from slipway.ingest.deliveries.parsing.parser import parse_webhook
from slipway.ingest.deliveries.port import RawBodies
from slipway.ingest.subscriptions.decider import SUBSCRIPTION, RequestRead
from slipway.messaging.refusals import refuse

Wake = Callable[[], None]


class AdminCommands:
    def __init__(
        self,
        store: EventStore,
        bodies: RawBodies,
        locations: AbstractSet[str],
        *,
        clock: Callable[[], datetime],
        wake_deliveries: Wake,
        wake_reads: Wake,
    ) -> None:
        self._store = store
        self._bodies = bodies
        self._locations = locations
        self._clock = clock
        self._wake_deliveries = wake_deliveries
        self._wake_reads = wake_reads

    async def on_command(self, record: Recorded) -> None:
        match record.event:
            case commands.ReplayDelivery() as command:
                await self._on_replay_delivery(command, record)
            case commands.CheckSubscription() as command:
                await self._on_check_subscription(command, record)
            case _:
                return

    async def _on_replay_delivery(self, command: commands.ReplayDelivery, record: Recorded) -> None:
        stream = stream_of(DELIVERY.category, command.delivery_id)
        loaded = await self._store.load(DELIVERY, stream)
        if loaded.version == 0:
            await self._refuse(command, "there is no such delivery", record)
            return
        replay = await self._parse_again(command.command_id, loaded.state)
        now = self._clock()
        meta = command.meta_of_answer(record.meta)
        await handle(self._store, DELIVERY, stream, replay, now=now, meta=meta)
        self._wake_deliveries()

    async def _parse_again(self, command_id: str, state: Delivery) -> Replay | RefuseReplay:
        """Parses the delivery's body again, because the parser may be newer than before.

        Returns the new result as a Replay, or RefuseReplay if Kafka has deleted the body.

        A delivery that never had a body, such as one of the poller, is replayed with its earlier
        result.
        """
        if state.channel is DeliveryChannel.POLL or state.raw is None:
            return Replay(command_id, state.hints, state.ignore_rule, state.quarantine_reason)
        body = await self._bodies.body(state.raw)
        if body is None:
            return RefuseReplay(command_id, "Kafka no longer keeps its body (30 days)")
        parsed = parse_webhook(state.channel, body, self._locations)
        return Replay(command_id, parsed.hints, parsed.ignore_rule, parsed.quarantine_reason)

    async def _on_check_subscription(
        self, command: commands.CheckSubscription, record: Recorded
    ) -> None:
        stream = stream_of(SUBSCRIPTION.category, command.subscription_id)
        loaded = await self._store.load(SUBSCRIPTION, stream)
        if loaded.state.entitlement is None:
            # A stream is created only for an id that the API returned (H7).
            await self._refuse(command, "this subscription was never read from GHL", record)
            return
        now = self._clock()
        request = RequestRead(command.command_id, command.actor, now)
        meta = command.meta_of_answer(record.meta)
        await handle(self._store, SUBSCRIPTION, stream, request, now=now, meta=meta)
        self._wake_reads()

    async def _refuse(self, command: commands.Command, reason: str, record: Recorded) -> None:
        meta = command.meta_of_answer(record.meta)
        await refuse(self._store, command, reason, now=self._clock(), meta=meta)
