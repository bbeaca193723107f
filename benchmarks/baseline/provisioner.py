"""Second half of the baseline chain: Kafka -> Vps -> claim -> intent -> find -> create."""

import asyncio
import json
import os

import aiohttp
import uvloop
from slipway.provisioner.vps.naming import external_name
from slipway.telemetry.process import run_until_stopped, serve_http
from starlette.routing import Router

from benchmarks.baseline import hops

_AT_ONCE = 24


class _Provisioner:
    def __init__(self, cloud: aiohttp.ClientSession) -> None:
        self._cloud = cloud
        self._vps = hops.collection("provisioner", "vps")
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._url = f"{os.environ['BENCH_CLOUD_URL']}/servers"

    async def receive(self) -> None:
        async with hops.consumer("subscriptions") as consumer:
            while True:
                found = await consumer.getmany(timeout_ms=1000)
                said = [json.loads(one.value) for records in found.values() for one in records]
                if said:
                    wanted = [{"_id": f"{one['_id']}-1", "price": one["price"]} for one in said]
                    await self._vps.insert_many(wanted, ordered=False)
                    for one in wanted:
                        hops.spawn(self._work(one["_id"]))
                    await consumer.commit()

    async def _work(self, vps: str) -> None:
        named = external_name(os.environ["SLIPWAY_INSTALLATION"], vps, 1)
        async with self._room:
            await self._vps.find_one_and_update(
                {"_id": vps, "lease": None}, {"$set": {"lease": "bare"}}
            )
            await self._vps.update_one({"_id": vps}, {"$set": {"intent": named.name}})
            selector = ",".join(f"{name}={value}" for name, value in named.labels.items())
            async with self._cloud.get(self._url, params={"label_selector": selector}) as answer:
                answer.raise_for_status()
                found = await answer.json()
            assert not found["servers"]  # noqa: S101 - each server is created once
            wanted = {
                "name": named.name,
                "server_type": "cx22",
                "image": "debian-12",
                "location": "fsn1",
                "labels": named.labels,
            }
            async with self._cloud.post(self._url, json=wanted) as answer:
                answer.raise_for_status()


async def _main() -> None:
    headers = {"Authorization": f"Bearer {os.environ['BENCH_CLOUD_TOKEN']}"}
    async with aiohttp.ClientSession(headers=headers) as cloud:
        app = Router([hops.READY])
        await run_until_stopped(
            [
                serve_http(app, host="127.0.0.1", port=hops.port()),
                _Provisioner(cloud).receive(),
            ]
        )


if __name__ == "__main__":
    uvloop.run(_main())
