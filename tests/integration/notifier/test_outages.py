"""An outage of MongoDB or Kafka is announced without either, and so is its end."""

import asyncio
import uuid

import pytest
from slipway.backing import Backing

from tests.support.processes.notifier import running_notifier
from tests.support.servers.own_backing import own_backing

__all__ = ["own_backing"]

pytestmark = pytest.mark.backing


@pytest.mark.parametrize("name", ["MongoDB", "Kafka"])
async def test_an_outage_is_announced_without_the_dependency_and_so_is_its_end(
    own_backing: Backing, name: str
) -> None:
    kill, start = {
        "MongoDB": (own_backing.kill_mongodb, own_backing.start_mongodb),
        "Kafka": (own_backing.kill_kafka, own_backing.start_kafka),
    }[name]
    urls = (own_backing.kafka_url, own_backing.mongodb_url)
    namespace = f"t{uuid.uuid4().hex[:12]}"
    async with running_notifier(*urls, namespace, outage_seconds=2) as notifier:
        await asyncio.to_thread(kill)
        await notifier.until_slack(f"{name} is not responding")
        await asyncio.to_thread(start)
        await notifier.until_slack(f"Resolved: {name} is responding again")
        assert notifier.process is not None
        assert notifier.process.returncode is None
        # One cause, one message: no other alert was sent.
        assert len(notifier.slack.texts()) == 2
