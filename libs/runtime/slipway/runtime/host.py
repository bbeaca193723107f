"""Runs one service: opens its adapters, supervises its background tasks, and reports its health.

Each service's `wiring` registers inboxes, due work, background tasks and pages, and then calls
`serve`. A background task starts as soon as its dependencies are available, for example Kafka.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from enum import Enum, auto
from typing import Any

import stamina
from aiokafka.client import AIOKafkaClient
from fastapi import APIRouter, FastAPI

from slipway.eventstore.due_work import DueWork, Step
from slipway.eventstore.mongo import MongoEventStore
from slipway.eventstore.relay import Relay
from slipway.eventstore.store import StoreUnavailable
from slipway.messaging.consumer import Consumers, Member
from slipway.messaging.producer import Producer, open_producer
from slipway.messaging.subscriptions import AnyInbox
from slipway.messaging.topics_admin import TopicsWrong, ensure_topics
from slipway.runtime.database_clock import DatabaseClock
from slipway.runtime.lazy_producer import LazyProducer
from slipway.runtime.mongo import database_time, open_database
from slipway.runtime.process import Process
from slipway.runtime.self_report import SelfReport
from slipway.runtime.supervisor import Run, Supervisor
from slipway.telemetry.health import Check, Health
from slipway.telemetry.heartbeat import SAMPLE_SECONDS, HeartbeatPublisher, HeartbeatSample
from slipway.telemetry.process import run_until_stopped, serve_http

_CLOCK_SECONDS = SAMPLE_SECONDS / 4  # the report waits for the store too, and both must fit
_STOP_SECONDS = 10.0
"""The time limit for consumers to stop. Uncommitted records are delivered again after a restart."""

Pages = Callable[[APIRouter], Callable[..., Any]]
"""Returns the application to serve, given the router of the health pages."""


def health_pages(router: APIRouter) -> FastAPI:
    """Returns an application that has only the health pages."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(router)
    return app


class Needs(Enum):
    """The dependencies that a background task waits for before it starts."""

    NOTHING = auto()
    KAFKA = auto()
    STORE = auto()
    EVERYTHING = auto()
    """Kafka and the store are available, and the consumers run."""


class Host:
    """Holds the adapters and background tasks of one service.

    With `works=False`, the process runs no inboxes, no due work and no relay. `state_fields`
    lists each (category, field) that the service searches with `find_by_state_field`.
    """

    def __init__(
        self,
        process: Process,
        *,
        works: bool = True,
        state_fields: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.process = process
        self._works = works
        self._state_fields = state_fields
        self.clock = DatabaseClock()
        """Every service takes its time from this clock."""
        self.database = open_database(process.mongodb_url, process.namespace, process.service)
        self.store = MongoEventStore(self.database)
        self.producer = LazyProducer(self._open_producer)
        self.relay = Relay(
            self.database,
            self.producer.produce,
            service=process.service,
            owner=process.instance,
            namespace=process.namespace,
        )
        self.supervisor = Supervisor(process.service, self.clock, fatal=(TopicsWrong,))
        self.counters: Counter[str] = Counter()
        """Totals since the process started. Each heartbeat contains them."""
        self.consumers: Consumers | None = None
        self._due_work: dict[str, DueWork] = {}
        self._preparations: list[Callable[[], Awaitable[None]]] = []
        self._tasks: list[tuple[str, Run, Needs]] = []
        self._closing: list[Callable[[], Awaitable[None]]] = []
        self._pages: Pages = health_pages
        self._ready: dict[str, Check] = {"started": lambda: self.is_started}
        self._there = {needs: asyncio.Event() for needs in Needs}
        self._there[Needs.NOTHING].set()

    @property
    def is_started(self) -> bool:
        return self._there[Needs.EVERYTHING].is_set()

    def prepare_store(self, prepare: Callable[[], Awaitable[None]]) -> None:
        """Registers a function that prepares the store, and repeats it after StoreUnavailable.

        Background tasks that need the store start after all these functions have succeeded.
        """
        self._preparations.append(prepare)

    def consume(self, *inboxes: AnyInbox) -> None:
        process = self.process
        self.consumers = Consumers(
            process.kafka_url,
            process.namespace,
            inboxes,
            self.store,
            self.clock,
            Member(process.service, process.instance),
        )

    def work_on(self, category: str, step: Step, *, concurrency: int = 16) -> DueWork:
        """Registers `step`, which is called for each stream of this category that has due work."""
        due_work = DueWork(
            self.store, category, step, owner=self.process.instance, concurrency=concurrency
        )
        self._due_work[category] = due_work
        return due_work

    def wake(self, *categories: str) -> None:
        """Makes the service look for due work immediately, in these categories or in all."""
        for category in categories or self._due_work:
            self._due_work[category].wake()

    def run(self, name: str, task: Run, *, needs: Needs = Needs.EVERYTHING) -> None:
        """Registers a background task. It runs until cancelled, and is restarted if it fails."""
        self._tasks.append((name, task, needs))

    def serve_pages(self, pages: Pages) -> None:
        self._pages = pages

    def ready_when(self, **checks: Check) -> None:
        """Sets the checks that decide `/health/ready`.

        By default, the service is ready once it has started.
        """
        self._ready = checks

    def on_close(self, close: Callable[[], Awaitable[None]]) -> None:
        self._closing.append(close)

    def has_progress(self) -> bool:
        return self.consumers is None or self.consumers.progress()

    async def ask_mongodb(self) -> None:
        """Raises if MongoDB does not answer."""
        await self.database.command("ping")

    async def ask_kafka(self) -> None:
        """Raises if Kafka does not answer."""
        client = AIOKafkaClient(bootstrap_servers=self.process.kafka_url)
        try:
            await client.bootstrap()
        finally:
            await client.close()

    async def serve(self) -> None:
        """Runs the service until SIGTERM or SIGINT.

        Exits with an error message after an error that no restart can fix.
        """
        try:
            await run_until_stopped(self.parts())
        except TopicsWrong as error:
            raise SystemExit(str(error)) from error
        finally:
            await self.close()

    def parts(self) -> list[Coroutine[Any, Any, None]]:
        """Returns all background tasks of the service, each supervised."""
        tasks = [
            ("http", self._serve_http, Needs.NOTHING),
            ("kafka", self._open_kafka, Needs.NOTHING),
            ("heartbeat", self._heartbeats().run, Needs.KAFKA),
            *self._tasks,
        ]
        if self._works:
            tasks += [
                ("consumers", self._consume, Needs.STORE),
                ("relay", self.relay.run, Needs.EVERYTHING),
            ]
            due_work = dict(self._due_work)
            if self.consumers is not None:
                due_work["deadletter"] = self.consumers.redriving(self.process.instance)
            tasks += [
                (f"due work {category}", each.run, Needs.EVERYTHING)
                for category, each in due_work.items()
            ]
        if any(needs in {Needs.STORE, Needs.EVERYTHING} for _, _, needs in tasks):
            tasks.append(("store", self._prepare_store, Needs.NOTHING))
        return [self._supervised(*task) for task in tasks]

    async def close(self) -> None:
        """Closes the adapters. Call it after all background tasks have ended."""
        for close in self._closing:
            await close()
        await self.producer.close()
        self.database.client.close()

    async def _supervised(self, name: str, task: Run, needs: Needs) -> None:
        await self._there[needs].wait()
        await self.supervisor.supervise(name, task)

    async def _open_producer(self) -> Producer:
        process = self.process
        await ensure_topics(process.kafka_url, process.namespace)
        return await open_producer(process.kafka_url, process.namespace, source=process.service)

    async def _open_kafka(self) -> None:
        await self.producer.open()
        self._there[Needs.KAFKA].set()
        await _until_cancelled()

    async def _prepare_store(self) -> None:
        async def prepare_streams() -> None:
            await self.store.prepare(self._state_fields)

        for prepare in (self._follow_database, prepare_streams, *self._preparations):
            await _patiently(prepare)
        self._there[Needs.STORE].set()
        await _until_cancelled()

    async def _follow_database(self) -> None:
        await self.clock.follow(lambda: database_time(self.database))

    async def _consume(self) -> None:
        await self._there[Needs.KAFKA].wait()
        consumers = self.consumers
        if consumers is None:
            self._there[Needs.EVERYTHING].set()
            return await _until_cancelled()
        try:
            await consumers.start()
            self._there[Needs.EVERYTHING].set()
            await _until_cancelled()
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_STOP_SECONDS):
                    await consumers.stop()

    def _heartbeats(self) -> HeartbeatPublisher:
        report = SelfReport(self.store, self.relay, self.supervisor, self._due_work, self.clock)

        async def sample() -> HeartbeatSample:
            with contextlib.suppress(StoreUnavailable, TimeoutError):
                async with asyncio.timeout(_CLOCK_SECONDS):
                    await self._follow_database()
            lag = None if self.consumers is None else self.consumers.lag()
            return await report.sample(lag, self.counters)

        service, instance = self.process.service, self.process.instance
        return HeartbeatPublisher(self.producer, service, instance, sample, clock=self.clock)

    def _failing(self) -> dict[str, str]:
        """Returns the failing background tasks and the stopped partitions, each with the reason.

        A stopped partition waits for an update of this service.
        """
        stopped = {} if self.consumers is None else self.consumers.stopped()
        tasks = {name: each.problem for name, each in self.supervisor.failing.items()}
        return {**stopped, **tasks}

    async def _serve_http(self) -> None:
        health = Health(
            {"inboxes": self.has_progress},
            self._ready,
            self._failing,
        )
        app = self._pages(health.router)
        await serve_http(app, host=self.process.http_host, port=self.process.http_port)


async def _until_cancelled() -> None:
    await asyncio.Event().wait()


async def _patiently(prepare: Callable[[], Awaitable[None]]) -> None:
    retrying = stamina.AsyncRetryingCaller(attempts=None, timeout=None, wait_max=1.0)
    await retrying(StoreUnavailable, prepare)
