"""Provides Kafka and MongoDB: those at the given URLs, or servers started here."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pymongo import MongoClient

from slipway.backing import kafka
from slipway.backing.claim import claimed
from slipway.backing.kafka import Kafka
from slipway.backing.mongod import Mongod
from slipway.backing.problem import CannotStart
from slipway.backing.progress import Progress, spinner

T = TypeVar("T")

_PREFIX = "slipway-backing-"


@dataclass(frozen=True)
class Backing:
    kafka_url: str
    """host:port"""
    mongodb_url: str
    folder: Path
    """Holds data and logs of the servers started here."""
    kafka: Kafka | None
    """None if its URL was given."""
    mongod: Mongod | None

    @property
    def kafka_version(self) -> str:
        return kafka.VERSION if self.kafka is not None else "given"

    @property
    def mongodb_version(self) -> str:
        client: MongoClient[dict[str, object]] = MongoClient(self.mongodb_url)
        try:
            return str(client.server_info()["version"])
        finally:
            client.close()

    def kill_kafka(self) -> None:
        self._own(self.kafka).kill()

    def start_kafka(self) -> None:
        self._own(self.kafka).start()

    def kill_mongodb(self) -> None:
        self._own(self.mongod).kill()

    def start_mongodb(self) -> None:
        self._own(self.mongod).start()

    def _own(self, server: T | None) -> T:
        if server is None:
            raise CannotStart("only servers started here can be killed and started")
        return server


@contextmanager
def start(
    folder: Path | None = None,
    *,
    kafka_url: str | None = None,
    mongodb_url: str | None = None,
    progress: Progress = spinner,
) -> Iterator[Backing]:
    """Yields the servers, and stops them after the block.

    A given folder keeps its data. Without one, a temporary folder is used and deleted afterwards.
    The URLs default to SLIPWAY_KAFKA_URL and SLIPWAY_MONGODB_URL. Raises CannotStart, whose message
    says how to fix the problem.
    """
    kafka_url = kafka_url or os.environ.get("SLIPWAY_KAFKA_URL")
    mongodb_url = mongodb_url or os.environ.get("SLIPWAY_MONGODB_URL")
    with ExitStack() as stack:
        home = _home(folder, stack)
        broker, database = None, None
        if mongodb_url is None:
            database = Mongod(home)
            stack.callback(database.stop)
            with progress("starting MongoDB"):
                database.start()
        if kafka_url is None:
            broker = Kafka(home, progress)
            stack.callback(broker.stop)
            with progress("starting Kafka"):
                broker.start()
        yield Backing(
            kafka_url=kafka_url or (broker.url if broker else ""),
            mongodb_url=mongodb_url or (database.url if database else ""),
            folder=home,
            kafka=broker,
            mongod=database,
        )


def _home(folder: Path | None, stack: ExitStack) -> Path:
    _clean_up()
    if folder is not None:
        stack.enter_context(claimed(folder, wait=False))
        return folder.resolve()
    home = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    stack.callback(shutil.rmtree, home, ignore_errors=True)
    return home


def _clean_up() -> None:
    """Deletes the temporary folders of killed launchers, whose servers ended with them."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        pid = left.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(left, ignore_errors=True)
