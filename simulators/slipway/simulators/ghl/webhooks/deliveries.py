"""Sends webhooks as GHL does: signed or unsigned, with retries, and with faults.

Deliveries run in parallel, so their sequence is not guaranteed. The log records their outcomes.
"""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import aiohttp

from slipway.simulators.ghl.api.serializers import iso
from slipway.simulators.ghl.faults import DeliveryFaults
from slipway.simulators.ghl.records.ids import Ids
from slipway.simulators.ghl.settings import GhlSettings, RetryPolicy
from slipway.simulators.ghl.webhooks.calls import Call, Channel
from slipway.simulators.ghl.webhooks.signing import HEADER, Signer
from slipway.simulators.ports import Clock, RandomSource, Sleep

_LOG_LENGTH = 20_000
_RETRIES = {RetryPolicy.ONLY_429: 6, RetryPolicy.ANY_FAILURE: 12}
_MOST_BACKOFF_STEPS = 7


class Fate(StrEnum):
    ON_ITS_WAY = "on its way"
    WAITING = "waiting for a retry"
    HELD = "held"
    ACCEPTED = "accepted"
    GIVEN_UP = "given up"
    DROPPED = "dropped"
    NOWHERE = "no address"


@dataclass(frozen=True)
class Attempt:
    at: datetime
    status: int | None
    """The status of the answer, or None without an answer."""


@dataclass
class Delivery:
    id: str
    channel: Channel
    event: str
    url: str | None
    made_at: datetime
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    fate: Fate = Fate.ON_ITS_WAY
    attempts: list[Attempt] = field(default_factory=list)


class Deliveries:
    def __init__(
        self,
        settings: GhlSettings,
        signer: Signer,
        ids: Ids,
        *,
        clock: Clock,
        sleep: Sleep,
        rng: RandomSource,
    ) -> None:
        self.settings = settings
        self.faults = DeliveryFaults()
        self.urls = {
            Channel.SIGNED: settings.webhook_url,
            Channel.WORKFLOW: settings.workflow_url,
        }
        self.log: deque[Delivery] = deque(maxlen=_LOG_LENGTH)
        self._signer, self._ids = signer, ids
        self._clock, self._sleep, self._rng = clock, sleep, rng
        self._held: list[Delivery] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def send(self, call: Call) -> Delivery | None:
        """Starts a delivery and returns it.

        Returns None if the settings do not list the event, so that GHL sends no webhook for it.
        """
        if call.event not in self.settings.events:
            return None
        delivery = self._written(call)
        self.log.append(delivery)
        if delivery.url is None:
            delivery.fate = Fate.NOWHERE
        elif self.faults.drop.strikes(self._rng):
            delivery.fate = Fate.DROPPED
        elif self.faults.hold.strikes(self._rng):
            delivery.fate = Fate.HELD
            self._held.append(delivery)
        else:
            self._set_out(delivery)
        return delivery

    def release(self, *, newest_first: bool = False) -> int:
        """Sends the webhooks that the fault `hold` has kept back, one after the other.

        Returns the number of these webhooks.
        """
        held, self._held = self._held, []
        if newest_first:
            held.reverse()
        self._spawn(self._one_by_one(held))
        return len(held)

    def resend(self, id_: str) -> bool:
        """Sends an undelivered webhook again with the same payload, as GHL's button does."""
        for delivery in self.log:
            if delivery.id == id_ and delivery.fate in {Fate.GIVEN_UP, Fate.DROPPED, Fate.NOWHERE}:
                delivery.url = delivery.url or self.urls[delivery.channel]
                self._set_out(delivery)
                return True
        return False

    def unsettled(self) -> int:
        return sum(one.fate in {Fate.ON_ITS_WAY, Fate.WAITING, Fate.HELD} for one in self.log)

    def _written(self, call: Call) -> Delivery:
        now, id_ = self._clock(), self._ids.uuid()
        headers = {"Content-Type": "application/json"}
        if call.channel is Channel.SIGNED:
            body = _json(call.body | {"timestamp": iso(now), "webhookId": id_})
            headers[HEADER] = self._signer.sign(body)
        else:
            # Workflow calls carry no id and no time, so two equal calls can't be told apart.
            custom = call.body["customData"] | {"token": self.settings.workflow_secret}
            body = _json(call.body | {"customData": custom})
        url = self.urls[call.channel]
        return Delivery(id_, call.channel, call.event, url, now, body, headers)

    def _set_out(self, delivery: Delivery) -> None:
        late = 0.0
        if self.faults.delay.strikes(self._rng):
            late = self._rng.uniform(0.0, self.faults.delay_seconds)
        self._spawn(self._carry(delivery, late))
        if self.faults.duplicate.strikes(self._rng):
            self._spawn(self._carry(delivery, late))

    async def _one_by_one(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            await self._carry(delivery, 0.0)

    async def _carry(self, delivery: Delivery, late: float) -> None:
        delivery.fate = Fate.ON_ITS_WAY
        if late:
            await self._sleep(late)
        for retry in range(_RETRIES[self.settings.retry_policy] + 1):
            if retry:
                delivery.fate = Fate.WAITING
                await self._sleep(self._wait(retry))
            status = await self._attempt(delivery)
            if status is not None and 200 <= status < 300:
                delivery.fate = Fate.ACCEPTED
                return
            if not self._retried(status):
                break
        # A duplicate of this delivery may have been accepted.
        if delivery.fate is not Fate.ACCEPTED:
            delivery.fate = Fate.GIVEN_UP

    async def _attempt(self, delivery: Delivery) -> int | None:
        at, status = self._clock(), None
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
            posting = self._line().post(
                delivery.url or "",
                data=delivery.body,
                headers=delivery.headers,
                allow_redirects=False,
            )
            async with posting as answer:
                status = answer.status
        delivery.attempts.append(Attempt(at, status))
        return status

    def _line(self) -> aiohttp.ClientSession:
        """Returns the HTTP client session. The first call creates it."""
        if self._session is None:
            # Closes idle connections earlier than the receiver does. Otherwise a call sent into a
            # closing connection would be lost, which is no fault that GHL has.
            # aiohttp, because httpx took 10 ms a call with 60 of them at once.
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=2.0)
            timeout = aiohttp.ClientTimeout(total=self.settings.timeout_seconds)
            self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        return self._session

    def _retried(self, status: int | None) -> bool:
        return self.settings.retry_policy is RetryPolicy.ANY_FAILURE or status == 429

    def _wait(self, retry: int) -> float:
        if self.settings.retry_policy is RetryPolicy.ONLY_429:
            return self.settings.retry_seconds * self._rng.uniform(1.0, 1.1)
        steps = min(retry - 1, _MOST_BACKOFF_STEPS)
        return self.settings.backoff_seconds * 2.0**steps * self._rng.uniform(0.5, 1.5)

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _json(body: object) -> bytes:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
