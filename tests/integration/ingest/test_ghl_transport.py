"""The transport keeps httpx's promises over aiohttp's connections, with a real local server."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import httpx
import pytest
from slipway.backing.child import free_port
from slipway.ingest.ghl.transport import AiohttpTransport
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.support.servers.asgi import served_app


async def _echo(request: Request) -> Response:
    return JSONResponse(
        {
            "raw": request.scope["raw_path"].decode(),
            "query": dict(request.query_params),
            "token": request.headers.get("authorization"),
            "cookie": request.headers.get("cookie"),
            "body": (await request.body()).decode(),
        }
    )


async def _packed(_: Request) -> Response:
    return Response(gzip.compress(b'{"packed":true}'), headers={"Content-Encoding": "gzip"})


async def _elsewhere(_: Request) -> Response:
    return RedirectResponse("/echo/x")


async def _cookie(_: Request) -> Response:
    return Response(headers={"Set-Cookie": "a=b"})


async def _never(request: Request) -> Response:
    while not await request.is_disconnected():  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.01)
    return Response()


_APP = Starlette(
    routes=[
        Route("/echo/{rest:path}", _echo, methods=["GET", "PUT"]),
        Route("/packed", _packed),
        Route("/elsewhere", _elsewhere),
        Route("/cookie", _cookie),
        Route("/never", _never),
    ]
)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with (
        served_app(_APP) as url,
        httpx.AsyncClient(base_url=url, transport=AiohttpTransport(4), timeout=5) as client,
    ):
        yield client


async def test_path_query_headers_and_body_arrive_unchanged(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.put(
        "/echo/..%2Fother%3Fx", params={"altId": "a b&c"}, headers={"Authorization": "Bearer t"},
        json={"name": "Ö"},
    )  # fmt: skip
    found = answer.json()
    assert found["raw"] == "/echo/..%2Fother%3Fx"
    assert found["query"] == {"altId": "a b&c"}
    assert found["token"] == "Bearer t"
    assert found["body"] == '{"name":"Ö"}'


async def test_quoted_dots_and_slashes_stay_quoted(client: httpx.AsyncClient) -> None:
    for path in ("/echo/a/%2E%2E/b", "/echo/a%2Fb%252Fc%20d"):
        assert (await client.get(path)).json()["raw"] == path


async def test_no_cookie_is_kept(client: httpx.AsyncClient) -> None:
    assert (await client.get("/cookie")).headers["set-cookie"]
    client.cookies.clear()
    assert (await client.get("/echo/x")).json()["cookie"] is None


@pytest.mark.parametrize(
    "answer",
    [b"", b"no HTTP\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"],
    ids=["none", "junk", "cut"],
)
async def test_an_invalid_answer_is_a_network_error(
    client: httpx.AsyncClient, answer: bytes
) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(say, "127.0.0.1", 0)
    async with server:
        with pytest.raises(httpx.NetworkError):
            await client.get(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")


async def test_more_requests_than_connections_are_all_answered(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.get(f"/echo/{number}") for number in range(40)))
    assert [one.json()["raw"] for one in answers] == [f"/echo/{number}" for number in range(40)]


async def test_a_compressed_answer_is_decompressed_and_a_redirect_is_not_followed(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/packed")).json() == {"packed": True}
    assert (await client.get("/elsewhere")).status_code == 307


async def test_a_timeout_and_a_refused_connection_are_httpx_errors(
    client: httpx.AsyncClient,
) -> None:
    with pytest.raises(httpx.TimeoutException):
        await client.get("/never", timeout=0.1)
    with pytest.raises(httpx.NetworkError):
        await client.get(f"http://127.0.0.1:{free_port()}/")
