"""The edge answers 200 for a stored webhook, 429 for our own fault, and 401 or 413 otherwise."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from slipway.contracts.deliveries import DeliveryChannel, RawRef
from slipway.ingest.deliveries.envelope import new_delivery
from slipway.ingest.edge.body import MAX_BODY_BYTES
from slipway.ingest.edge.webhook import Edge

from tests.support.builders.ghl_key import GhlKey
from tests.support.builders.ghl_records import NOW
from tests.support.dsl.edge import BODY, NEW, OLD, SECRET, STRANGER, Topic, calling, edge_on


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


@pytest.mark.parametrize("key", [OLD, NEW])
async def test_each_of_several_keys_is_accepted_during_a_rotation(
    client: httpx.AsyncClient, topic: Topic, edge: Edge, key: GhlKey
) -> None:
    answer = await client.post("/signed", content=BODY, headers=key.signed(BODY))
    assert answer.status_code == 200
    assert [value for value, _ in topic.kept] == [BODY]
    assert edge.counters["accepted"] == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-GHL-Signature": "N/A"},
        {"X-GHL-Signature": ""},
        {"X-GHL-Signature": "not base64!"},
        {"X-GHL-Signature": "AAAA"},
        STRANGER.signed(BODY),
        OLD.signed(BODY + b" "),
        {"X-WH-Signature": OLD.signed(BODY)["X-GHL-Signature"]},
        {"X-Slipway-Token": SECRET},
    ],
    ids=["none", "N/A", "empty", "junk", "short", "stranger", "other body", "old header", "secret"],
)
async def test_a_body_without_a_valid_signature_is_refused_and_counted(
    client: httpx.AsyncClient, topic: Topic, edge: Edge, headers: dict[str, str]
) -> None:
    answer = await client.post("/signed", content=BODY, headers=headers)
    assert answer.status_code == 401
    assert topic.kept == []
    assert edge.counters["refused_signature"] == 1


@pytest.mark.parametrize(
    ("headers", "custom"),
    [
        ({"X-Slipway-Token": SECRET}, {}),
        ({"Authorization": f"Bearer {SECRET}"}, {}),
        ({}, {"token": SECRET}),
        ({"X-Slipway-Token": SECRET}, {"token": SECRET, "copy": f"see {SECRET}"}),
    ],
    ids=["header", "bearer", "custom data", "everywhere"],
)
async def test_a_workflow_call_with_the_secret_is_kept_without_it(
    client: httpx.AsyncClient, topic: Topic, headers: dict[str, str], custom: dict[str, str]
) -> None:
    body = json.dumps({"contact_id": "c1", "customData": custom})
    answer = await client.post("/workflow", content=body, headers=headers)
    assert answer.status_code == 200
    ((kept, _),) = topic.kept
    assert SECRET.encode() not in kept
    assert json.loads(kept)["contact_id"] == "c1"


async def test_a_secret_with_json_escapes_is_blanked_as_well(
    client: httpx.AsyncClient, topic: Topic
) -> None:
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in SECRET)
    body = f'{{"customData":{{"token":"{escaped}","event":"x"}}}}'
    assert (await client.post("/workflow", content=body)).status_code == 200
    ((kept, _),) = topic.kept
    assert json.loads(kept) == {"customData": {"token": "[blanked]", "event": "x"}}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/workflow", {}),
        ("/workflow", {"customData": {"token": "wrong"}}),
        ("/workflow", {"customData": {"token": [SECRET]}}),
        ("/workflow", {"customData": SECRET}),
        ("/workflow", {"token": SECRET}),
        ("/workflow", [[{"customData": {"token": SECRET}}]]),
        ("/workflow", {"more": {"customData": {"token": SECRET}}}),
        ("/workflow", {"customData": {"token": "\ud800"}}),
        (f"/workflow?token={SECRET}", {}),
    ],
    ids=lambda value: str(value)[:40].encode(errors="replace").decode(),
)
async def test_a_workflow_call_without_the_secret_in_an_accepted_place_is_refused(
    client: httpx.AsyncClient, topic: Topic, path: str, body: object
) -> None:
    answer = await client.post(path, content=json.dumps(body))
    assert answer.status_code == 401
    assert topic.kept == []


@pytest.mark.parametrize("trouble", ["raises", "hangs"])
async def test_a_body_that_kafka_does_not_take_gets_429_with_retry_after(
    client: httpx.AsyncClient, topic: Topic, edge: Edge, trouble: str
) -> None:
    topic.trouble = trouble
    answer = await client.post("/signed", content=BODY, headers=OLD.signed(BODY))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")
    assert edge.counters["not_durable"] == 1
    topic.trouble = None
    answer = await client.post("/signed", content=BODY, headers=OLD.signed(BODY))
    assert answer.status_code == 200


async def test_an_internal_error_is_answered_with_429_and_never_with_5xx(
    client: httpx.AsyncClient, edge: Edge, topic: Topic
) -> None:
    def broken() -> str:
        raise RuntimeError("out of ids")

    edge._new_id = broken
    answer = await client.post("/signed", content=BODY, headers=OLD.signed(BODY))
    assert answer.status_code == 429
    assert topic.kept == []


async def test_up_to_four_mebibytes_are_kept_and_one_byte_more_is_refused(
    client: httpx.AsyncClient, topic: Topic, edge: Edge
) -> None:
    largest = b"x" * MAX_BODY_BYTES
    assert (
        await client.post("/signed", content=largest, headers=OLD.signed(largest))
    ).status_code == 200
    larger = largest + b"x"
    answer = await client.post("/signed", content=larger, headers=OLD.signed(larger))
    assert answer.status_code == 413
    assert len(topic.kept) == 1
    assert edge.counters["too_large"] == 1


async def test_signed_bytes_that_are_not_utf8_are_kept(
    client: httpx.AsyncClient, topic: Topic
) -> None:
    odd = b'{"type":"\xff\xfe"}'
    assert (await client.post("/signed", content=odd, headers=OLD.signed(odd))).status_code == 200
    assert topic.kept[0][0] == odd


async def test_the_inbox_reads_what_the_edge_writes(
    client: httpx.AsyncClient, topic: Topic
) -> None:
    await client.post("/signed", content=BODY, headers=OLD.signed(BODY))
    ((kept, headers),) = topic.kept
    place = RawRef(topic="t.webhooks", partition=2, offset=7)
    found = new_delivery({name: value.decode() for name, value in headers}, kept, place, set(), NOW)
    assert (found.event.channel, found.event.received_at) == (DeliveryChannel.SIGNED, NOW)
    assert found.meta.correlation_id == "id"
    assert found.stream == "delivery-t.webhooks/2/7"


async def test_a_record_that_the_edge_did_not_write_is_quarantined() -> None:
    place = RawRef(topic="t.webhooks", partition=0, offset=1)
    for headers in ({}, {"slipway-channel": "poll"}, {"slipway-received-at": "yesterday"}):
        found = new_delivery(headers, BODY, place, set(), NOW)
        assert found.event.quarantine_reason
        assert found.event.received_at == NOW
