"""H19 in each of the four services: a topic with Kafka's own retention keeps it from starting."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from slipway.backing.child import free_port

from tests.support.builders.compose_file import ROOT, environment_of

pytestmark = pytest.mark.backing

_FILES = {
    "SLIPWAY_INGEST_PLANS": ROOT / "plans.yaml",
    "SLIPWAY_PROVISIONER_SPECS": ROOT / "specs.yaml",
    "SLIPWAY_REPORTING_OKRS": ROOT / "okrs.yaml",
}


@pytest.fixture
async def forgetful(kafka_url: str, namespace: str) -> str:
    """A namespace with a topic of subscriptions that Kafka empties after seven days."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_url)
    await admin.start()
    await admin.create_topics([NewTopic(f"{namespace}.subscriptions", 1, 1)])
    await admin.close()
    return namespace


def _environment(service: str, kafka_url: str, mongodb_url: str, namespace: str) -> dict[str, str]:
    here = {
        "SLIPWAY_KAFKA_URL": kafka_url,
        "SLIPWAY_MONGODB_URL": mongodb_url,
        "SLIPWAY_NAMESPACE": namespace,
        f"SLIPWAY_{service.upper()}_PORT": str(free_port()),
        **{name: str(path) for name, path in _FILES.items()},
    }
    written = environment_of(service)
    written.pop("SLIPWAY_OTLP_URL", None)
    return {**os.environ, **written, **here}


@pytest.mark.parametrize("service", ["ingest", "provisioner", "notifier", "reporting"])
async def test_h19_a_service_ends_and_names_the_topic_with_limited_retention(
    service: str, kafka_url: str, mongodb_url: str, forgetful: str, tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"slipway.{service}",
        env=_environment(service, kafka_url, mongodb_url, forgetful),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=tmp_path,
    )
    try:
        async with asyncio.timeout(60):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode
    assert f"topic {forgetful}.subscriptions has retention.ms=604800000" in said.decode()
