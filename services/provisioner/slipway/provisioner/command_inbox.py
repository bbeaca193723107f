"""Handles admin commands from Kafka. A command that arrives twice takes effect once (H21)."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from slipway.contracts import commands
from slipway.contracts.commands import Command
from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.ids import stream_of
from slipway.contracts.vps import LocationModeSet, WithheldReason
from slipway.eventstore.command_handling import handle
from slipway.eventstore.store import EventStore
from slipway.messaging.refusals import refuse
from slipway.provisioner.accounts.prober import AccountProber
from slipway.provisioner.safety import destruction_brake as brake
from slipway.provisioner.safety.destruction_brake import BRAKE
from slipway.provisioner.safety.location_mode import LOCATION
from slipway.provisioner.vps.admin_requests import HandleCommand, VpsCommand
from slipway.provisioner.vps.decider import CATEGORY, VPS

Resume = Callable[[WithheldReason, str | None], Awaitable[None]]
"""Makes the operations due that were withheld for this reason. The second argument is the id of a
location or an account; None means all."""


class CommandInbox:
    def __init__(  # noqa: PLR0913 - wiring names each
        self,
        store: EventStore,
        prober: AccountProber,
        *,
        installation: str,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        wake: Callable[[], None],
        resume: Resume,
    ) -> None:
        self._store = store
        self._prober = prober
        self._installation = installation
        self._clock = clock
        self._new_id = new_id
        self._wake = wake
        self._resume = resume

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
                await self._resume(WithheldReason.BRAKE, None)
            case _ if isinstance(command, VpsCommand):
                await self._handle(command, meta)
            case _:
                return
        self._wake()

    async def _handle(self, command: VpsCommand, meta: Meta) -> None:
        stream, now = stream_of(CATEGORY, command.vps_id), self._clock()
        if not await self._store.existing([stream]):
            await refuse(self._store, command, "There is no such VPS.", now=now, meta=meta)
            return
        handling = HandleCommand(now, command, self._installation, self._new_id())
        await handle(self._store, VPS, stream, handling, now=now, meta=meta)

    async def _set_mode(self, command: commands.SetLocationMode, meta: Meta) -> None:
        now, stream = self._clock(), stream_of(LOCATION.category, command.location_id)
        handled = await handle(self._store, LOCATION, stream, command, now=now, meta=meta)
        # A repeated command does both steps again, because the process may have died before them.
        acts = handled.stream.state.acts
        set_now = any(isinstance(each.event, LocationModeSet) for each in handled.recorded)
        if acts and (set_now or command.command_id in handled.stream.state.answered):
            await self._prober.request_sentinels(meta)
            await self._resume(WithheldReason.OBSERVE, command.location_id)
