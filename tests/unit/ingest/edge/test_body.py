"""The edge reads chunked, compressed, slow and malformed bodies and loses no authentic one."""

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from slipway.ingest.edge.body import MAX_BODY_BYTES, BodyReader
from slipway.ingest.edge.webhook import Edge

from tests.support.dsl.edge import BODY, OLD, SECRET, Topic, calling, edge_on
from tests.support.dsl.waiting import eventually


@pytest.fixture
def topic() -> Topic:
    return Topic()


@pytest.fixture
def edge(topic: Topic) -> Edge:
    return edge_on(topic)


@pytest.fixture
async def client(edge: Edge) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(edge) as found:
        yield found


async def test_a_chunked_body_without_a_content_length_is_kept_completely(
    client: httpx.AsyncClient, topic: Topic
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(BODY), 7):
            yield BODY[start : start + 7]

    answer = await client.post("/signed", content=pieces(), headers=OLD.signed(BODY))
    assert answer.status_code == 200
    assert topic.kept[0][0] == BODY


@pytest.mark.parametrize("signs_before_compression", [True, False])
@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_a_compressed_body_is_decompressed_whichever_form_was_signed(
    client: httpx.AsyncClient,
    topic: Topic,
    coding: str,
    pack: Callable[[bytes], bytes],
    *,
    signs_before_compression: bool,
) -> None:
    packed = pack(BODY)
    signed = OLD.signed(BODY if signs_before_compression else packed)
    headers = {**signed, "Content-Encoding": coding}
    answer = await client.post("/signed", content=packed, headers=headers)
    assert answer.status_code == 200
    assert topic.kept[0][0] == BODY


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate"])
async def test_a_body_with_a_wrong_content_encoding_is_kept_unchanged(
    client: httpx.AsyncClient, topic: Topic, coding: str
) -> None:
    for body in (BODY, gzip.compress(BODY)[:-9]):
        headers = {**OLD.signed(body), "Content-Encoding": coding}
        assert (await client.post("/signed", content=body, headers=headers)).status_code == 200
        assert topic.kept[-1][0] == body


async def test_a_decompression_bomb_is_refused(
    client: httpx.AsyncClient, topic: Topic, edge: Edge
) -> None:
    bomb = gzip.compress(b"x" * (MAX_BODY_BYTES + 1))
    headers = {**OLD.signed(bomb), "Content-Encoding": "gzip"}
    assert (await client.post("/signed", content=bomb, headers=headers)).status_code == 413
    assert edge.counters["too_large"] == 1
    assert topic.kept == []
    fits = gzip.compress(b"x" * MAX_BODY_BYTES)
    headers = {**OLD.signed(fits), "Content-Encoding": "gzip"}
    assert (await client.post("/signed", content=fits, headers=headers)).status_code == 200


async def test_a_secret_in_a_compressed_body_is_found_and_blanked(
    client: httpx.AsyncClient, topic: Topic
) -> None:
    body = gzip.compress(json.dumps({"customData": {"token": SECRET, "event": "x"}}).encode())
    answer = await client.post("/workflow", content=body, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 200
    assert json.loads(topic.kept[0][0]) == {"customData": {"token": "[blanked]", "event": "x"}}


@pytest.mark.parametrize(
    "body",
    [
        f'{{"customData":{{"token":"{SECRET}"}},"n":{"9" * 5000}}}'.encode(),
        f'{{"customData":{{"token":"{SECRET}"}},"n":NaN}}'.encode(),
        f'{{"customData":{{"token":"{SECRET}"}},"n":"\\ud800"}}'.encode(),
        f'{{"customData":{{"token":"x"}},"customData":{{"token":"{SECRET}"}}}}'.encode(),
        f'{{"customData":{{"token":"{SECRET}"}},"n":{"[" * 9999}{"]" * 9999}}}'.encode(),
        f'{{"customData":{{"token" : "{SECRET}"}},"n":"\xff"}}'.encode("latin-1"),
        f'{{"customData":{{"token":"{SECRET}"}},"cut":'.encode(),
        f'[{{"customData":{{"token":"{SECRET}"}}}}]'.encode(),
        f'{{"data":{{"customData":{{"token":"{SECRET}"}}}}}}'.encode(),
        f'{{"customData":{{"token":"{SECRET}"}}}}'.encode("utf-16"),
        f'{{"customData":{{"token":"{SECRET}"}}}}'.encode("utf-8-sig"),
        f'{{"customData":{{"token":"{SECRET}"}},"o":"{"😀" * 1_040_000}"}}'.encode(),
    ],
    ids=lambda body: f"{len(body)} {body[-24:]!r}",
)
async def test_a_call_with_the_secret_is_kept_even_if_its_body_is_malformed(
    client: httpx.AsyncClient, topic: Topic, body: bytes
) -> None:
    assert (await client.post("/workflow", content=body)).status_code == 200
    kept = topic.kept[0][0]
    assert SECRET not in kept.decode(errors="replace")
    assert len(kept) <= MAX_BODY_BYTES


async def test_slow_senders_do_not_block_others_and_time_out(topic: Topic) -> None:
    edge = edge_on(topic, BodyReader(timeout_seconds=0.3, max_large=4))
    never = asyncio.Event()

    async def trickle(begun: bytes) -> AsyncIterator[bytes]:
        yield begun
        await never.wait()

    async with calling(edge) as client:
        slow = [
            asyncio.create_task(client.post("/signed", content=trickle(b"x" * size)))
            for size in (*[1] * 600, *[100_000] * 6)
        ]
        await asyncio.sleep(0)
        answer = await client.post("/signed", content=BODY, headers=OLD.signed(BODY))
        assert answer.status_code == 200
        given_up = await asyncio.gather(*slow)
    assert {one.status_code for one in given_up} == {429}
    assert edge.counters == {**edge.counters, "not_durable": 606, "accepted": 1}


async def test_large_bodies_share_a_few_slots_and_release_them(topic: Topic) -> None:
    edge = edge_on(topic, BodyReader(max_large=1))
    body = b"x" * 100_000
    held = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield body[:90_000]
        await held.wait()
        yield body[90_000:]

    async with calling(edge) as client:
        first = asyncio.create_task(
            client.post("/signed", content=slowly(), headers=OLD.signed(body))
        )

        async def is_full() -> bool:
            return edge._bodies._large == 1

        await eventually(is_full)
        second = await client.post("/signed", content=body, headers=OLD.signed(body))
        assert second.status_code == 429
        held.set()
        assert (await first).status_code == 200
        again = await client.post("/signed", content=body, headers=OLD.signed(body))
        assert again.status_code == 200
