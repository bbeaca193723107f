"""A version that was once published is read from Kafka and from the store, and means the same."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from slipway.contracts.codec import from_record
from slipway.contracts.envelope import Meta, headers_of
from slipway.contracts.subscriptions import WriteBackRequested
from slipway.eventstore.command_handling import handle
from slipway.eventstore.memory import MemoryEventStore
from slipway.ingest.write_back.decider import WRITE_BACK, ReportWritten, RequestWriteBack

from tests.support.builders import golden_files as goldens

V1 = "slipway.subscriptions.write-back-requested.v1"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
META = Meta(correlation_id="c")
STREAM = "writeback-loc1:s1"


@pytest.mark.parametrize(
    ("folder", "source", "requested_at"),
    [(goldens.FOLDER, (3, 3), NOW), (goldens.LEAST, (0, 0), LONG_AGO)],
    ids=["whole", "with nothing that might be absent"],
)
def test_the_first_version_is_read_from_kafka(
    folder: Path, source: tuple[int, int], requested_at: datetime
) -> None:
    published = goldens.read(V1, folder)
    headers = headers_of(
        epoch=0,
        stream=STREAM,
        version=1,
        type_=V1,
        time=NOW,
        meta=META.model_dump(),
        source="ingest",
    )
    event = from_record(json.dumps(published).encode(), headers).event
    assert isinstance(event, WriteBackRequested)
    assert (event.source_epoch, event.source_version) == source
    assert (event.requested_at, event.vps_ip) == (requested_at, published["vps_ip"])


async def test_a_stream_that_begins_with_version_1_of_a_type_folds_and_continues() -> None:
    store = MemoryEventStore(lambda: NOW)
    want = RequestWriteBack(
        subscription_id="loc1:s1",
        contact_id="c1",
        vps_id="loc1:s1-1",
        ip="192.0.2.1",
        state="ready",
        source=(0, 5),
        at=NOW,
    )
    await handle(store, WRITE_BACK, STREAM, want, now=NOW, meta=META)
    kept = store._streams[STREAM]
    kept.entries[0] |= {"type": V1, "data": goldens.read(V1, goldens.LEAST)}
    kept.state = {}
    loaded = await store.load(WRITE_BACK, STREAM)
    assert (loaded.is_open, loaded.due_at) == (True, LONG_AGO)
    done = await handle(store, WRITE_BACK, STREAM, ReportWritten(1), now=NOW, meta=META)
    assert not done.stream.is_open
    assert isinstance((await store.read(STREAM))[0].event, WriteBackRequested)
