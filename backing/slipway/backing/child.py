"""Runs a server process that ends with the launcher, writes a log, and can be restarted."""

import ctypes
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from slipway.backing.problem import CannotStart

_PR_SET_PDEATHSIG = 1
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0

_libc = ctypes.CDLL(None)

# PR_SET_PDEATHSIG kills a child when the *thread* that forked it ends. So one thread, which lives
# as long as the process, forks all servers.
_forker = ThreadPoolExecutor(1, thread_name_prefix="forker")


def free_port() -> int:
    """Returns a loopback port that is free at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Child:
    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        self.name = name
        self._command = command
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        _forker.submit(self._fork).result()

    def _fork(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                self._command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                # Ctrl-C reaches only the launcher, which stops the servers in order.
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - only prctl
            )

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Waits until `ready()` is true.

        Raises CannotStart if the process ends or takes too long.
        """
        deadline = time.monotonic() + _START_SECONDS
        while not ready():
            if not self.alive:
                raise CannotStart(f"{self.name} ended at once.\n{self._tail()}")
            if time.monotonic() > deadline:
                raise CannotStart(f"{self.name} took over {_START_SECONDS:.0f} s.\n{self._tail()}")
            time.sleep(0.05)

    def kill(self) -> None:
        """Ends the process with SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        if self._process is None or not self.alive:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def _tail(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()[-10:]
        return "\n".join([f"Its log, {self._log}, ends:", *lines])


def _die_with_parent() -> None:
    # Ends the server even if the launcher is killed with kill -9.
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
