"""First half of the baseline chain: HTTP -> Kafka -> delivery -> claim -> two GETs -> Kafka."""

import asyncio
import base64
import json
import os
from typing import Any

import aiohttp
import uvloop
from aiokafka import AIOKafkaProducer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from nacl.signing import VerifyKey
from slipway.telemetry.process import run_until_stopped, serve_http
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from benchmarks.baseline import hops
from benchmarks.webhooks import PATH

_AT_ONCE = 16
Json = dict[str, Any]


class _Ingest:
    def __init__(self, producer: AIOKafkaProducer, ghl: aiohttp.ClientSession) -> None:
        self._producer = producer
        self._ghl = ghl
        self._deliveries = hops.collection("ingest", "deliveries")
        self._subscriptions = hops.collection("ingest", "subscriptions")
        self._room = asyncio.Semaphore(_AT_ONCE)
        key = load_pem_public_key(os.environ["SLIPWAY_INGEST_GHL_PUBLIC_KEYS"].encode())
        assert isinstance(key, Ed25519PublicKey)  # noqa: S101 - the benchmark's own key
        self._key = VerifyKey(key.public_bytes_raw())

    async def take(self, request: Request) -> Response:
        body = await request.body()
        self._key.verify(body, base64.b64decode(request.headers["x-ghl-signature"]))
        await self._producer.send_and_wait(hops.topic("webhooks"), body)
        return Response("kept")

    async def receive(self) -> None:
        async with hops.consumer("webhooks") as consumer:
            while True:
                found = await consumer.getmany(timeout_ms=1000)
                said = [json.loads(one.value) for records in found.values() for one in records]
                if said:
                    await self._deliveries.insert_many(
                        [{"_id": one["webhookId"], "order": one["_id"]} for one in said],
                        ordered=False,
                    )
                    for one in said:
                        hops.spawn(self._work(one["webhookId"]))
                    await consumer.commit()

    async def _work(self, delivery: str) -> None:
        async with self._room:
            claimed = await self._deliveries.find_one_and_update(
                {"_id": delivery, "lease": None}, {"$set": {"lease": "bare"}}
            )
            rows = await self._get("/payments/subscriptions", entityId=claimed["order"])
            [row] = rows["data"]
            order = await self._get(f"/payments/orders/{row['entityId']}")
            item = order["items"][0]
            await self._subscriptions.insert_one(
                {
                    "_id": f"{row['altId']}:{row['_id']}",
                    "status": row["status"],
                    "price": item["price"]["_id"],
                    "quantity": item["qty"],
                }
            )

    async def _get(self, path: str, **query: str) -> Json:
        whole = {"altId": os.environ["BENCH_GHL_LOCATION"], "altType": "location", **query}
        url = os.environ["BENCH_GHL_URL"] + path
        async with self._ghl.get(url, params=whole) as answer:
            answer.raise_for_status()
            found: Json = await answer.json()
            return found

    async def publish(self) -> None:
        async with self._subscriptions.watch() as changes:
            async for change in changes:
                hops.spawn(self._send(change["fullDocument"]))

    async def _send(self, subscription: Json) -> None:
        await self._producer.send_and_wait(
            hops.topic("subscriptions"),
            json.dumps(subscription).encode(),
            key=subscription["_id"].encode(),
        )


async def _main() -> None:
    headers = {"Authorization": f"Bearer {os.environ['BENCH_GHL_TOKEN']}", "Version": "2021-07-28"}
    async with hops.producer() as producer, aiohttp.ClientSession(headers=headers) as ghl:
        ingest = _Ingest(producer, ghl)
        app = Router([Route(PATH, ingest.take, methods=["POST"]), hops.READY])
        await run_until_stopped(
            [
                serve_http(app, host="127.0.0.1", port=hops.port()),
                ingest.receive(),
                ingest.publish(),
            ]
        )


if __name__ == "__main__":
    uvloop.run(_main())
