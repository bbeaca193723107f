"""A FastAPI endpoint that only produces to Kafka: the baseline of `accept`."""

import uvloop
from fastapi import FastAPI, Request, Response
from slipway.telemetry.process import run_until_stopped, serve_http

from benchmarks.baseline import hops
from benchmarks.webhooks import PATH


async def _main() -> None:
    app = FastAPI()
    app.router.routes.append(hops.READY)
    async with hops.producer() as producer:

        @app.post(PATH)
        async def take(request: Request) -> Response:
            await producer.send_and_wait(hops.topic("webhooks"), await request.body())
            return Response("kept")

        await run_until_stopped([serve_http(app, host="127.0.0.1", port=hops.port())])


if __name__ == "__main__":
    uvloop.run(_main())
