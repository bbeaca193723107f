"""What ingest's inbox skips unread is what it would do nothing with."""

import pytest
from slipway.contracts.codec import REGISTRY, load
from slipway.contracts.topics import VPS, topic_of
from slipway.ingest.inbox import HANDLED_EVENTS

from tests.support.builders import golden_files as goldens
from tests.support.dsl.ingest import IngestInMemory

_MAY_COME = [type_ for type_ in REGISTRY if type_.startswith("slipway.vps.")]


@pytest.mark.parametrize("type_", sorted(_MAY_COME))
async def test_only_what_is_wanted_leads_to_anything(type_: str) -> None:
    ingest, stream = IngestInMemory(), "vps-loc1:s1-1"
    assert topic_of(stream) is VPS
    event = load(type_, goldens.read(type_))
    await ingest.vps.on_vps(await ingest.record(event, stream))
    assert bool(ingest.store.written) is (type(event) in HANDLED_EVENTS)
