"""Answers webhooks: 200 once Kafka has stored the body, 429 if we could not store it.

The edge interprets no JSON field and uses no database, because a webhook is stored first and parsed
later. It never answers 5xx, because 429 is the only status for which all of GHL's published
policies retry (docs/ghl.md). Read next: `inbox`.
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
from slipway.ingest.deliveries.envelope import ReceivedWebhook, kafka_headers
from slipway.ingest.edge import signature, workflow_secret
from slipway.ingest.edge.body import (
    MAX_STORED_BYTES,
    BodyReader,
    RetryLater,
    TooLarge,
    decompressed,
)
from slipway.telemetry import metrics, traces

_log = structlog.get_logger(__name__)

_MAX_IN_FLIGHT = 512
_LARGE_BYTES = 256 * 1024
"""A larger body is checked in a thread, because the check would block the event loop."""

Headers = list[tuple[str, bytes]]
Produce = Callable[[str, bytes | None, bytes, Headers], Awaitable[object]]


@dataclass(frozen=True)
class Credentials:
    """The keys and the secret that authenticate the callers.

    `keys` are GHL's public keys (several during a rotation). `workflow_secret` is our own secret in
    workflow calls.
    """

    keys: tuple[VerifyKey, ...]
    workflow_secret: str | None


class Edge:
    """Handles requests to the webhook endpoints.

    `counters` are running totals that the heartbeats contain. Too many refusals become an incident.
    """

    def __init__(  # noqa: PLR0913 - wiring names each
        self,
        produce: Produce,
        topic: str,
        credentials: Credentials,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        deadline_seconds: float = 2.0,
        bodies: BodyReader | None = None,
    ) -> None:
        self._produce = produce
        self._topic = topic
        self._credentials = credentials
        self._clock = clock
        self._new_id = new_id
        self._deadline_seconds = deadline_seconds
        self._bodies = bodies or BodyReader()
        self._in_flight = 0
        self.counters: Counter[str] = Counter(
            {"accepted": 0, "refused_signature": 0, "too_large": 0, "not_durable": 0}
        )

    async def signed(self, request: Request) -> Response:
        """Handles marketplace webhooks, which carry `X-GHL-Signature`."""
        return await self._respond(request, DeliveryChannel.SIGNED)

    async def workflow(self, request: Request) -> Response:
        """Handles workflow calls, which carry the shared secret and no signature."""
        return await self._respond(request, DeliveryChannel.WORKFLOW)

    async def _respond(self, request: Request, channel: DeliveryChannel) -> Response:
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
            # The slot is taken only after the read, so that a slow sender blocks no other caller.
            with self._slot():
                return await self._authenticate(request, channel, body)
        except TooLarge:
            self.counters["too_large"] += 1
            _log.warning("webhook too large", channel=channel.value)
            return Response("larger than 4 MiB", 413)
        except RetryLater as error:
            return self._not_durable(str(error))

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if self._in_flight >= _MAX_IN_FLIGHT:
            raise RetryLater("too many at once")
        self._in_flight += 1
        try:
            yield
        finally:
            self._in_flight -= 1

    async def _authenticate(
        self, request: Request, channel: DeliveryChannel, body: bytes
    ) -> Response:
        if len(body) > _LARGE_BYTES:
            authentic = await asyncio.to_thread(self._authentic, request.headers, channel, body)
        else:
            authentic = self._authentic(request.headers, channel, body)
        if authentic is None:
            self.counters["refused_signature"] += 1
            return Response("not authentic", 401)
        if len(authentic) > MAX_STORED_BYTES:
            raise TooLarge
        return await self._store(authentic, channel)

    def _authentic(
        self, headers: Mapping[str, str], channel: DeliveryChannel, raw: bytes
    ) -> bytes | None:
        """Returns the body to be stored, or None if it is not authentic."""
        body = decompressed(raw, headers.get("content-encoding"))
        if channel is DeliveryChannel.WORKFLOW:
            return workflow_secret.authenticate(headers, body, self._credentials.workflow_secret)
        given, keys = headers.get(signature.HEADER), self._credentials.keys
        # GHL does not publish whether it signs a body before or after compression.
        valid = signature.is_authentic(body, given, keys) or (
            body is not raw and signature.is_authentic(raw, given, keys)
        )
        return body if valid else None

    async def _store(self, body: bytes, channel: DeliveryChannel) -> Response:
        now, trace = self._clock(), traces.current_traceparent()
        headers = kafka_headers(ReceivedWebhook(channel, now, self._new_id(), trace))
        try:
            # In an outage an idempotent producer waits without limit, but GHL does not. A body
            # that is stored after the deadline is a duplicate of GHL's retry and changes nothing.
            async with asyncio.timeout(self._deadline_seconds):
                # No key: raw webhooks need no order, and hashing a key costs time.
                await self._produce(self._topic, None, body, headers)
        except Exception as error:  # noqa: BLE001 - whatever it was: not durable, so GHL must retry
            return self._not_durable(type(error).__name__)
        self.counters["accepted"] += 1
        return Response("kept", 200)

    def _not_durable(self, reason: str) -> Response:
        self.counters["not_durable"] += 1
        _log.warning("webhook not durable, 429", reason=reason)
        return Response("try again", 429, headers={"Retry-After": "10"})
