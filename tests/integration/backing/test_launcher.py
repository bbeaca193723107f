"""The launcher on a machine that has only Python, and its end by a kill."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo import MongoClient
from slipway.backing import CannotStart, start
from slipway.backing.child import is_open

from tests.support.dsl.waiting import eventually

pytestmark = pytest.mark.backing


@contextmanager
def launched(**env: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, str]]]:
    """Yields a running `python -m slipway.backing` and the URLs that it prints."""
    ours = {key: value for key, value in os.environ.items() if not key.startswith("SLIPWAY_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "slipway.backing"],
        env={**ours, **env},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        lines = [process.stdout.readline().removeprefix("export ").strip() for _ in range(2)]
        yield (
            process,
            {key: url.strip("'") for key, _, url in (line.partition("=") for line in lines)},
        )
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def ports_of(urls: dict[str, str]) -> list[int]:
    return [int(url.rpartition(":")[2].partition("/")[0]) for url in urls.values()]


def folders_of(pid: int) -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob(f"slipway-backing-{pid}-*"))


async def closed(port: int) -> bool:
    return not is_open(port)


async def carried(kafka_url: str, topic: str) -> bytes | None:
    """Writes one record to a new topic and returns what a consumer reads."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_url)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=kafka_url, enable_idempotence=True) as producer:
        await producer.send_and_wait(topic, b"kept")
    return await last_of(kafka_url, topic)


async def last_of(kafka_url: str, topic: str) -> bytes | None:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka_url, auto_offset_reset="earliest")
    async with consumer:
        value: bytes | None = (await consumer.getone()).value
        return value


async def test_real_servers_start_without_java_maven_and_mongod_on_path(
    tmp_path: Path,
) -> None:
    with launched(PATH=str(tmp_path)) as (process, urls):
        assert await carried(urls["SLIPWAY_KAFKA_URL"], "walk") == b"kept"
        with MongoClient[dict[str, object]](urls["SLIPWAY_MONGODB_URL"]) as client:
            client["walk"]["notes"].insert_one({"_id": 1})
            assert client["walk"]["notes"].count_documents({}) == 1
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 0
        assert not any(is_open(port) for port in ports_of(urls))
        assert folders_of(process.pid) == []


async def test_the_servers_of_a_killed_launcher_end_and_the_next_launcher_deletes_its_folder() -> (
    None
):
    # With Kafka given by URL, only MongoDB starts. Both end in the same way.
    with launched(SLIPWAY_KAFKA_URL="127.0.0.1:9") as (process, urls):
        (folder,) = folders_of(process.pid)
        process.kill()
        process.wait()
        await eventually(lambda: closed(ports_of(urls)[1]))
        assert folder.exists()
    with launched(SLIPWAY_KAFKA_URL="127.0.0.1:9"):
        assert not folder.exists()


async def test_data_survives_a_kill_and_a_restart_from_a_thread_that_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SLIPWAY_KAFKA_URL", raising=False)
    monkeypatch.delenv("SLIPWAY_MONGODB_URL", raising=False)
    with start(tmp_path, progress=lambda _what: nullcontext()) as backing:
        assert await carried(backing.kafka_url, "walk") == b"kept"
        with MongoClient[dict[str, object]](backing.mongodb_url) as client:
            client["walk"]["notes"].insert_one({"_id": 1})

            def kill_and_restart() -> None:
                backing.kill_kafka()
                backing.kill_mongodb()
                backing.start_mongodb()
                backing.start_kafka()

            thread = threading.Thread(target=kill_and_restart)
            thread.start()
            thread.join()

            assert await last_of(backing.kafka_url, "walk") == b"kept"
            assert client["walk"]["notes"].count_documents({}) == 1
        with pytest.raises(CannotStart, match="in use by another launcher"), start(tmp_path):
            pass
    with start(tmp_path, progress=lambda _what: nullcontext()) as again:
        assert await last_of(again.kafka_url, "walk") == b"kept"
        assert again.mongodb_version.count(".") == 2
