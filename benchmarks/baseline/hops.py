"""Kafka, MongoDB and HTTP for the baselines, with the settings of Slipway."""

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection
from pymongo.write_concern import WriteConcern
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_NAMESPACE = os.environ.get("SLIPWAY_NAMESPACE", "")
_MAX_BATCH_BYTES = 262_144
"""The default collapses under concurrency. Slipway raises it as well."""

_working: set[asyncio.Task[None]] = set()


def topic(name: str) -> str:
    return f"{_NAMESPACE}.{name}"


def port() -> int:
    return int(os.environ["BENCH_PORT"])


def collection(service: str, name: str) -> AsyncIOMotorCollection[Any]:
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(os.environ["SLIPWAY_MONGODB_URL"])
    return client[f"{_NAMESPACE}_{service}"].get_collection(
        name, write_concern=WriteConcern(w="majority", j=True)
    )


@asynccontextmanager
async def producer() -> AsyncIterator[AIOKafkaProducer]:
    made = AIOKafkaProducer(
        bootstrap_servers=os.environ["SLIPWAY_KAFKA_URL"],
        acks="all",
        enable_idempotence=True,
        max_batch_size=_MAX_BATCH_BYTES,
    )
    async with made:
        yield made


@asynccontextmanager
async def consumer(name: str) -> AsyncIterator[AIOKafkaConsumer]:
    made = AIOKafkaConsumer(
        topic(name),
        bootstrap_servers=os.environ["SLIPWAY_KAFKA_URL"],
        group_id=topic(f"bare-{name}"),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    async with made:
        yield made


def spawn(work: Coroutine[Any, Any, None]) -> None:
    """Starts the work concurrently. A failure ends the process, and so the benchmark."""
    task = asyncio.create_task(work)
    _working.add(task)
    task.add_done_callback(_done)


def _done(task: asyncio.Task[None]) -> None:
    _working.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        asyncio.get_running_loop().call_exception_handler(
            {"message": "a hop failed", "exception": error}
        )
        os._exit(1)


async def _ready(_: Request) -> Response:
    return Response("ready")


READY = Route("/health/ready", _ready)
