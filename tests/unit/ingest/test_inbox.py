"""`HANDLED_EVENTS` names exactly the event types that the inbox handles."""

import pytest
from slipway.contracts.codec import REGISTRY, load
from slipway.contracts.topics import VPS, topic_of
from slipway.ingest.inbox import HANDLED_EVENTS

from tests.support.builders import golden_files as goldens
from tests.support.dsl.ingest import IngestInMemory

_ALL_TYPES = [type_ for type_ in REGISTRY if type_.startswith("slipway.vps.")]


@pytest.mark.parametrize("type_", sorted(_ALL_TYPES))
async def test_exactly_the_handled_event_types_lead_to_an_append(type_: str) -> None:
    ingest, stream = IngestInMemory(), "vps-loc1:s1-1"
    assert topic_of(stream) is VPS
    event = load(type_, goldens.read(type_))
    await ingest.vps.on_vps(await ingest.record(event, stream))
    assert bool(ingest.store.written) is (type(event) in HANDLED_EVENTS)
