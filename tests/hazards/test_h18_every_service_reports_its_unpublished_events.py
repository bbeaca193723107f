"""H18 in all services: the heartbeat contains the age of the oldest unpublished append."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from slipway.backing import Backing
from slipway.contracts import topics
from slipway.contracts.heartbeats import Heartbeat

from demo.system import SERVICES, System, running
from tests.support.dsl.waiting import eventually
from tests.support.servers.topic_reader import everything_on

pytestmark = pytest.mark.backing


@pytest.fixture
async def system(backing: Backing, tmp_path: Path) -> AsyncIterator[System]:
    async with running(backing, keep=tmp_path) as started:
        yield started


async def test_h18_all_four_heartbeats_report_the_oldest_unpublished_append(
    system: System,
) -> None:
    """Without this field a stuck relay would stay unnoticed."""

    async def all_told() -> bool:
        beats = await everything_on(system.backing.kafka_url, system._namespace, topics.HEARTBEATS)
        told = {
            beat.event.service
            for beat in beats
            if isinstance(beat.event, Heartbeat)
            and beat.event.oldest_unpublished_seconds is not None
        }
        return told == set(SERVICES)

    await eventually(all_told)
