"""The one place that knows which adapters are real: clock, ids, MongoDB, Kafka, telemetry."""

import secrets
import uuid
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo.errors import ConnectionFailure, ExecutionTimeout

from slipway.contracts import topics
from slipway.eventstore.due_work import Claim, DueWork
from slipway.eventstore.mongo import MongoEventStore
from slipway.eventstore.relay import Relay
from slipway.messaging.consumer import SESSION_MS
from slipway.messaging.dead_letter_queue import DeadLetterQueue
from slipway.messaging.dead_letters import DEAD_LETTER
from slipway.messaging.producer import Producer, open_producer
from slipway.messaging.record_lookup import look_up_record
from slipway.messaging.records import RawRecord
from slipway.messaging.topics_admin import ensure_topics
from slipway.reporting import scheduler as clockwork
from slipway.reporting.commands.publisher import KafkaOutbox
from slipway.reporting.context import Desk
from slipway.reporting.inbox import CONSUMER, BatchInbox, redriven
from slipway.reporting.okrs import Okrs, parse
from slipway.reporting.ports import Outbox
from slipway.reporting.projections.registry import Projections
from slipway.reporting.read_models import indexes
from slipway.reporting.read_models.accounts import MongoAccounts
from slipway.reporting.read_models.metrics import MongoFigures
from slipway.reporting.read_models.projector import Projector
from slipway.reporting.read_models.queries import MongoQuestions
from slipway.reporting.settings import Settings
from slipway.reporting.web import application
from slipway.telemetry.health import Health
from slipway.telemetry.heartbeat import HeartbeatPublisher, HeartbeatSample
from slipway.telemetry.process import run_until_stopped, serve_http

SERVICE = "reporting"
AWAY = (ConnectionFailure, ExecutionTimeout)
"""What is raised while MongoDB doesn't answer: gone, or frozen with its connections open."""
_PATIENCE_MS = 3000
_READ = [topic.name for topic in topics.ALL if topic is not topics.WEBHOOKS]


def utcnow() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    return uuid.uuid4().hex


def open_database(
    settings: Settings, answer_within_ms: int | None = None
) -> AsyncIOMotorDatabase[Any]:
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(
        settings.mongodb_url,
        tz_aware=True,
        serverSelectionTimeoutMS=answer_within_ms or 5000,
        socketTimeoutMS=answer_within_ms,
    )
    return client[f"{settings.namespace}_{SERVICE}"]


def accounts_of(settings: Settings, database: AsyncIOMotorDatabase[Any]) -> MongoAccounts:
    secret = settings.reporting_session_secret.get_secret_value()
    return MongoAccounts(database, secret, utcnow, lambda: secrets.token_urlsafe(32))


def read_okrs(settings: Settings) -> Okrs:
    return parse(settings.reporting_okrs.read_text())


async def serve(settings: Settings) -> None:
    """Until cancelled: take events, keep time, relay votes, answer people."""
    okrs = read_okrs(settings)
    database = open_database(settings)
    await ensure_topics(settings.kafka_url, settings.namespace)
    await indexes.prepare(database)
    store = MongoEventStore(database)
    await store.prepare()
    owner = settings.reporting_instance
    async with AsyncExitStack() as stack:
        producer = await open_producer(settings.kafka_url, settings.namespace, source=SERVICE)
        stack.push_async_callback(producer.stop)
        projector = Projector(
            database,
            Projections(settings.reporting_decided_seconds),
            settings.reporting_decided_seconds,
        )
        letters = DeadLetterQueue(store, utcnow, SERVICE)
        inbox = _inbox(settings, projector, letters)
        relay = Relay(
            database, producer.produce, service=SERVICE, owner=owner, namespace=settings.namespace
        )
        desk = open_desk(settings, okrs, KafkaOutbox(producer.publish, store, utcnow, new_id))
        await run_until_stopped(
            [
                inbox.run(),
                clockwork.run(projector, utcnow),
                _redriving(settings, projector, letters, store, owner).run(),
                relay.run(),
                _heart(settings, producer, relay, inbox).run(),
                _serve_people(settings, desk, inbox),
            ]
        )


def _inbox(settings: Settings, projector: Projector, letters: DeadLetterQueue) -> BatchInbox:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_url,
        group_id=f"{settings.namespace}.{SERVICE}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=topics.MAX_RECORD_BYTES + 1024 * 1024,
        rebalance_timeout_ms=60_000,
        session_timeout_ms=SESSION_MS,
        group_instance_id=settings.reporting_instance,
    )
    return BatchInbox(consumer, _READ, settings.namespace, projector, letters)


def _redriving(
    settings: Settings,
    projector: Projector,
    letters: DeadLetterQueue,
    store: MongoEventStore,
    owner: str,
) -> DueWork:
    """The due work that tries again what was set aside, when a person asks."""

    async def again(topic: str, partition: int, offset: int) -> RawRecord:
        url, namespace = settings.kafka_url, settings.namespace
        return await look_up_record(url, namespace, topic=topic, partition=partition, offset=offset)

    async def step(claim: Claim) -> None:
        await letters.step(claim, {CONSUMER: redriven(projector)}, again)

    return DueWork(store, DEAD_LETTER.category, step, owner=owner)


def _heart(
    settings: Settings, producer: Producer, relay: Relay, inbox: BatchInbox
) -> HeartbeatPublisher:
    async def sample() -> HeartbeatSample:
        return {
            "oldest_unpublished_seconds": await relay.oldest_unpublished(),
            "lag": inbox.progress.lag,
        }

    return HeartbeatPublisher(producer, SERVICE, settings.reporting_instance, sample)


def open_desk(settings: Settings, okrs: Okrs, outbox: Outbox) -> Desk:
    """On connections of its own: a person waits for an answer, an inbox for ever."""
    database = open_database(settings, _PATIENCE_MS)
    return Desk(
        questions=MongoQuestions(database),
        figures=MongoFigures(database, okrs.launched_at()),
        accounts=accounts_of(settings, database),
        outbox=outbox,
        okrs=okrs,
        clock=utcnow,
        new_id=new_id,
        public_url=settings.reporting_public_url,
    )


async def _serve_people(settings: Settings, desk: Desk, inbox: BatchInbox) -> None:
    health = Health({"inbox": lambda: not inbox.progress.stopped})
    app = application(desk, [health.router], away=AWAY)
    await serve_http(app, host=settings.reporting_host, port=settings.reporting_port)
