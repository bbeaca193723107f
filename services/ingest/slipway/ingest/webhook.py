"""The edge: bytes in; durable in Kafka; 200, or 429 for our own fault. Next: `inbox`.

No parsing, no database: what is authentic is kept first and understood later. Never a 5xx: 429 is
the only status that GHL retries under all of its published policies (FACTS §2).
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from opentelemetry.trace import SpanKind
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from slipway.contracts.deliveries import Channel
from slipway.ingest import signature, workflow_secret
from slipway.ingest.reception import Arrival, headers_of
from slipway.telemetry import metrics, traces

_log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 4 * 1024 * 1024
"""Below what topic, producer and broker take (5 MiB): an accepted body always fits (H20)."""

_DRAINED_BYTES = 4 * MAX_BODY_BYTES
"""A sender reads no answer while it still writes, so a little too much is read and dropped."""

_BODY_SECONDS = 15.0
_MOST_IN_FLIGHT = 512
_LARGE_BYTES = 256 * 1024
"""Above it, hashing for the signature would hold the event loop for milliseconds."""

Headers = list[tuple[str, bytes]]
Produce = Callable[[str, bytes | None, bytes, Headers], Awaitable[object]]


class TooLarge(Exception):
    """Above the limit for good: 413."""


@dataclass(frozen=True)
class Access:
    """Who may call: GHL's public keys, several at a time for a rotation, and our own secret."""

    keys: tuple[Ed25519PublicKey, ...]
    workflow_secret: str | None


class Edge:
    """`counters` are running totals for the heartbeat: refusals become an incident there."""

    def __init__(
        self,
        produce: Produce,
        topic: str,
        access: Access,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        deadline_seconds: float = 2.0,
    ) -> None:
        self._produce = produce
        self._topic = topic
        self._access = access
        self._clock = clock
        self._new_id = new_id
        self._deadline_seconds = deadline_seconds
        self._in_flight = 0
        self.counters: Counter[str] = Counter(
            {"accepted": 0, "refused_signature": 0, "too_large": 0, "not_durable": 0}
        )

    async def signed(self, request: Request) -> Response:
        """Marketplace webhooks, `X-GHL-Signature`."""
        return await self._take(request, Channel.SIGNED)

    async def workflow(self, request: Request) -> Response:
        """Workflow actions, which nothing signs."""
        return await self._take(request, Channel.WORKFLOW)

    async def _take(self, request: Request, channel: Channel) -> Response:
        if self._in_flight >= _MOST_IN_FLIGHT:
            return self._not_durable("too many at once")
        self._in_flight += 1
        began = perf_counter()
        try:
            with traces.span(f"webhook {channel.value}", kind=SpanKind.SERVER):
                answer = await self._answer(request, channel)
        except Exception as error:  # noqa: BLE001 - a fault of ours is for GHL to retry, never a 5xx
            answer = self._not_durable(type(error).__name__)
        finally:
            self._in_flight -= 1
        metrics.ACCEPTED.labels(answer.status_code).observe(perf_counter() - began)
        return answer

    async def _answer(self, request: Request, channel: Channel) -> Response:
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await _body_of(request)
        except TooLarge:
            self.counters["too_large"] += 1
            _log.warning("webhook too large", channel=channel.value)
            return Response("larger than 4 MiB", 413)
        except (ClientDisconnect, TimeoutError):
            return self._not_durable("the body never came whole")
        authentic = await self._authentic(request, channel, body)
        if authentic is None:
            self.counters["refused_signature"] += 1
            return Response("not authentic", 401)
        return await self._keep(authentic, channel)

    async def _authentic(self, request: Request, channel: Channel, body: bytes) -> bytes | None:
        """The body as it may be stored, or None."""
        if channel is Channel.WORKFLOW:
            return workflow_secret.authentic(request.headers, body, self._access.workflow_secret)
        given, keys = request.headers.get(signature.HEADER), self._access.keys
        if len(body) > _LARGE_BYTES:
            valid = await asyncio.to_thread(signature.is_authentic, body, given, keys)
        else:
            valid = signature.is_authentic(body, given, keys)
        return body if valid else None

    async def _keep(self, body: bytes, channel: Channel) -> Response:
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


async def _body_of(request: Request) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > _DRAINED_BYTES:
        raise TooLarge
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > _DRAINED_BYTES:
            raise TooLarge
        if size <= MAX_BODY_BYTES:
            chunks.append(chunk)
    if size > MAX_BODY_BYTES:
        raise TooLarge
    return b"".join(chunks)
