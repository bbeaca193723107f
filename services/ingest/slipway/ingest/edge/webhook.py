"""The edge: bytes in; durable in Kafka; 200, or 429 for our own fault. Next: `inbox`.

No parsing, no database: what is authentic is kept first and understood later. Never a 5xx: 429 is
the only status that GHL retries under all of its published policies (docs/ghl.md, Retries).
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

import structlog
from nacl.signing import VerifyKey
from opentelemetry.trace import SpanKind
from starlette.requests import Request
from starlette.responses import Response

from slipway.contracts.deliveries import DeliveryChannel
from slipway.ingest.deliveries.envelope import Arrival, headers_of
from slipway.ingest.edge import signature, workflow_secret
from slipway.ingest.edge.body import MOST_KEPT_BYTES, Bodies, NotNow, TooLarge, unpacked
from slipway.telemetry import metrics, traces

_log = structlog.get_logger(__name__)

_MOST_IN_FLIGHT = 512
_LARGE_BYTES = 256 * 1024
"""Above it, hashing or parsing a body would hold the event loop for milliseconds."""

Headers = list[tuple[str, bytes]]
Produce = Callable[[str, bytes | None, bytes, Headers], Awaitable[object]]


@dataclass(frozen=True)
class Access:
    """Who may call: GHL's public keys, several at a time for a rotation, and our own secret."""

    keys: tuple[VerifyKey, ...]
    workflow_secret: str | None


class Edge:
    """`counters` are running totals for the heartbeat: refusals become an incident there."""

    def __init__(  # noqa: PLR0913 - wiring names each
        self,
        produce: Produce,
        topic: str,
        access: Access,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        deadline_seconds: float = 2.0,
        bodies: Bodies | None = None,
    ) -> None:
        self._produce = produce
        self._topic = topic
        self._access = access
        self._clock = clock
        self._new_id = new_id
        self._deadline_seconds = deadline_seconds
        self._bodies = bodies or Bodies()
        self._in_flight = 0
        self.counters: Counter[str] = Counter(
            {"accepted": 0, "refused_signature": 0, "too_large": 0, "not_durable": 0}
        )

    async def signed(self, request: Request) -> Response:
        """Marketplace webhooks, `X-GHL-Signature`."""
        return await self._take(request, DeliveryChannel.SIGNED)

    async def workflow(self, request: Request) -> Response:
        """Workflow actions, which nothing signs."""
        return await self._take(request, DeliveryChannel.WORKFLOW)

    async def _take(self, request: Request, channel: DeliveryChannel) -> Response:
        began = perf_counter()
        try:
            with traces.span(f"webhook {channel.value}", kind=SpanKind.SERVER):
                answer = await self._answer(request, channel)
        except Exception as error:  # noqa: BLE001 - a fault of ours is for GHL to retry, never a 5xx
            answer = self._not_durable(type(error).__name__)
        metrics.ACCEPTED.labels(answer.status_code).observe(perf_counter() - began)
        return answer

    async def _answer(self, request: Request, channel: DeliveryChannel) -> Response:
        try:
            body = await self._bodies.read(request)
            # Counted only from here: a body that is sent slowly keeps nobody else out.
            with self._place():
                return await self._judge(request, channel, body)
        except TooLarge:
            self.counters["too_large"] += 1
            _log.warning("webhook too large", channel=channel.value)
            return Response("larger than 4 MiB", 413)
        except NotNow as error:
            return self._not_durable(str(error))

    @contextmanager
    def _place(self) -> Iterator[None]:
        if self._in_flight >= _MOST_IN_FLIGHT:
            raise NotNow("too many at once")
        self._in_flight += 1
        try:
            yield
        finally:
            self._in_flight -= 1

    async def _judge(self, request: Request, channel: DeliveryChannel, body: bytes) -> Response:
        if len(body) > _LARGE_BYTES:
            authentic = await asyncio.to_thread(self._authentic, request.headers, channel, body)
        else:
            authentic = self._authentic(request.headers, channel, body)
        if authentic is None:
            self.counters["refused_signature"] += 1
            return Response("not authentic", 401)
        if len(authentic) > MOST_KEPT_BYTES:
            raise TooLarge
        return await self._keep(authentic, channel)

    def _authentic(
        self, headers: Mapping[str, str], channel: DeliveryChannel, raw: bytes
    ) -> bytes | None:
        """The body as it may be stored, or None."""
        body = unpacked(raw, headers.get("content-encoding"))
        if channel is DeliveryChannel.WORKFLOW:
            return workflow_secret.authentic(headers, body, self._access.workflow_secret)
        given, keys = headers.get(signature.HEADER), self._access.keys
        # GHL signs the body; nobody says whether that is before or after a compression.
        valid = signature.is_authentic(body, given, keys) or (
            body is not raw and signature.is_authentic(raw, given, keys)
        )
        return body if valid else None

    async def _keep(self, body: bytes, channel: DeliveryChannel) -> Response:
        arrival = Arrival(channel, self._clock(), self._new_id(), traces.current_traceparent())
        try:
            # An idempotent producer waits for ever in an outage; GHL doesn't. What still arrives
            # after the deadline is a duplicate of GHL's retry, which changes nothing.
            async with asyncio.timeout(self._deadline_seconds):
                # No key: nothing is ordered before it is understood, and hashing one costs.
                await self._produce(self._topic, None, body, headers_of(arrival))
        except Exception as error:  # noqa: BLE001 - whatever it was: not durable, so GHL must retry
            return self._not_durable(type(error).__name__)
        self.counters["accepted"] += 1
        return Response("kept", 200)

    def _not_durable(self, why: str) -> Response:
        self.counters["not_durable"] += 1
        _log.warning("webhook not durable, 429", why=why)
        return Response("try again", 429, headers={"Retry-After": "10"})
