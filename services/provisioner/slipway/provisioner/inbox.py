"""Takes `subscriptions` and `commands` from Kafka; appends, nothing else. Next: `worker`.

Entitlements are whole: one that isn't newer than what the stream knows changes nothing, so order
and repetition don't matter (H2). Commands carry an id and count once (H21).
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

from slipway.contracts import commands
from slipway.contracts.commands import Command
from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.ids import stream_of, vps_id
from slipway.contracts.subscriptions import (
    EntitlementChecked,
    EntitlementCheckRequested,
    SubscriptionEvent,
)
from slipway.contracts.vps import LocationModeSet, SourceVersion, WithheldReason
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore
from slipway.messaging.refusals import refuse
from slipway.provisioner.accounts.prober import Probing
from slipway.provisioner.safety import destruction_brake as brake
from slipway.provisioner.safety import location_mode as location
from slipway.provisioner.safety.destruction_brake import BRAKE
from slipway.provisioner.safety.location_mode import LOCATION
from slipway.provisioner.specs import Specs, hash_of
from slipway.provisioner.vps.admin_commands import Obey, VpsCommand
from slipway.provisioner.vps.decider import CATEGORY, VPS
from slipway.provisioner.vps.entitlement import Entitle, newer
from slipway.provisioner.vps.release import Answer

_BEYOND = 20
"""How far above the quantity earlier VPSs of a subscription are looked for at a time."""

EndWithholding = Callable[[WithheldReason, str | None], Awaitable[None]]
"""(why, location or account): what it held back falls due."""


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
        self._found: set[str] = set()

    async def on_subscription(self, record: Recorded) -> None:
        """Needs the newest only; the source version in the stream decides."""
        event = record.event
        if isinstance(event, EntitlementChecked):
            await self._on_checked(event, record)
        elif isinstance(event, SubscriptionEvent) and not isinstance(
            event, EntitlementCheckRequested
        ):
            await self._on_entitlement(event, record)

    async def _on_checked(self, event: EntitlementChecked, record: Recorded) -> None:
        # What GHL shows now is an entitlement too, and first: were the key there before a hold that
        # was extended, the deletion could go out in between.
        await self._on_entitlement(event, record)
        now = self._clock()
        command = Answer(now, event.nonce, event.answer, _source(record))
        stream = stream_of(CATEGORY, event.vps_id)
        await handle(self._store, VPS, stream, command, now=now, meta=Meta.caused_by(record))
        self._wake()

    async def _on_entitlement(self, event: SubscriptionEvent, record: Recorded) -> None:
        entitlement, now = event.entitlement, self._clock()
        await self._find_location(entitlement.location_id, record)
        spec, source = self._specs.of(entitlement.plan), _source(record)
        quantity = entitlement.quantity or 0
        for ordinal in await self._ordinals(entitlement.subscription_id, quantity):
            id_ = vps_id(entitlement.subscription_id, ordinal)
            command = Entitle(
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
            if known is not None and newer(known, source):
                break  # redriven: what a larger quantity of then never got is not made now (H2)
        self._wake()

    async def _ordinals(self, subscription_id: str, quantity: int) -> list[int]:
        """Those the quantity covers and those there ever were."""
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

    async def _find_location(self, location_id: str, record: Recorded) -> None:
        if location_id in self._found:
            return
        now, stream = self._clock(), stream_of("location", location_id)
        command = location.Find(location_id)
        await handle(self._store, LOCATION, stream, command, now=now, meta=Meta.caused_by(record))
        self._found.add(location_id)


class CommandInbox:
    def __init__(  # noqa: PLR0913 - wiring names each
        self,
        store: EventStore,
        probing: Probing,
        *,
        installation: str,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        wake: Callable[[], None],
        end_withholding: EndWithholding,
    ) -> None:
        self._store = store
        self._probing = probing
        self._installation = installation
        self._clock = clock
        self._new_id = new_id
        self._wake = wake
        self._end_withholding = end_withholding

    async def on_command(self, record: Recorded) -> None:
        command = record.event
        if not isinstance(command, Command):
            return  # the topic also holds refusals
        meta = command.meta_of_answer(record.meta)
        match command:
            case commands.SetLocationMode():
                await self._set_mode(command, meta)
            case commands.ResetBrake():
                now = self._clock()
                await handle(self._store, BRAKE, brake.STREAM, command, now=now, meta=meta)
                await self._end_withholding(WithheldReason.BRAKE, None)
            case _ if isinstance(command, VpsCommand):
                await self._order(command, meta)
            case _:
                return
        self._wake()

    async def _order(self, order: VpsCommand, meta: Meta) -> None:
        stream, now = stream_of(CATEGORY, order.vps_id), self._clock()
        if not await self._store.existing([stream]):
            await self._refuse(order, "There is no such VPS.", meta)
            return
        command = Obey(now, order, self._installation, self._new_id())
        await handle(self._store, VPS, stream, command, now=now, meta=meta)

    async def _set_mode(self, command: commands.SetLocationMode, meta: Meta) -> None:
        now, stream = self._clock(), stream_of("location", command.location_id)
        handled = await handle(self._store, LOCATION, stream, command, now=now, meta=meta)
        # Repeated after a death in between too: both that follow change nothing the second time.
        acts = handled.stream.state.acts
        set_now = any(isinstance(each.event, LocationModeSet) for each in handled.recorded)
        if acts and (set_now or command.command_id in handled.stream.state.answered):
            await self._probing.order_sentinels(meta)
            await self._end_withholding(WithheldReason.OBSERVE, command.location_id)

    async def _refuse(self, command: Command, reason: str, meta: Meta) -> None:
        await refuse(self._store, command, reason, now=self._clock(), meta=meta)


def _source(record: Recorded) -> SourceVersion:
    return SourceVersion(epoch=record.epoch, version=record.version)
