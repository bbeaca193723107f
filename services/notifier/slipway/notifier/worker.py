"""Does what is due: says that an expectation is late, reminds of an incident, sends a notification.

Each step decides on the stream's own state, so it may run twice. Next: `sender`.
"""

from collections.abc import Callable
from datetime import datetime

from slipway.contracts.envelope import Meta
from slipway.eventstore.command_handling import handle
from slipway.eventstore.due_work import Claim
from slipway.eventstore.store import EventStore
from slipway.notifier.expectations import decider as expectation
from slipway.notifier.incidents import decider as incident
from slipway.notifier.notifications.sender import Sender


class Worker:
    def __init__(
        self,
        store: EventStore,
        sender: Sender,
        *,
        clock: Callable[[], datetime],
        pace: incident.Pace = incident.PACE,
    ) -> None:
        self._store = store
        self._sender = sender
        self._clock = clock
        self._pace = pace

    async def check_promise(self, claim: Claim) -> None:
        now = self._clock()
        command = expectation.CheckPromise(now)
        meta = await self._meta(claim.stream)
        await handle(self._store, expectation.DECIDER, claim.stream, command, now=now, meta=meta)

    async def remind(self, claim: Claim) -> None:
        now = self._clock()
        command = incident.Remind(now, self._pace)
        meta = await self._meta(claim.stream)
        await handle(self._store, incident.DECIDER, claim.stream, command, now=now, meta=meta)

    async def notify(self, claim: Claim) -> None:
        await self._sender.send(claim, await self._meta(claim.stream))

    async def _meta(self, stream: str) -> Meta:
        last = (await self._store.read(stream))[-1]
        return Meta.caused_by(last)
