"""A Kafka and MongoDB for one file's tests, which may kill them. The start takes some seconds."""

import contextlib
from collections.abc import Iterator

import pytest
from slipway.backing import Backing, start


@pytest.fixture(scope="module")
def own_backing() -> Iterator[Backing]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SLIPWAY_KAFKA_URL", raising=False)
        patch.delenv("SLIPWAY_MONGODB_URL", raising=False)
        with start(progress=lambda _what: contextlib.nullcontext()) as started:
            yield started
