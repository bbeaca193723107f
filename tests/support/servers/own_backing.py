"""Kafka and MongoDB of a test's own, which it may kill; they cost some seconds to start."""

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
