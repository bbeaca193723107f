"""Child processes that restart when they end, and end with this process. `system` starts them."""

import asyncio
import ctypes
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_RESTART_SECONDS = 0.5
_STOP_SECONDS = 15.0

_libc = ctypes.CDLL(None)


class DidNotStart(Exception):
    """Raised if a service ends before it is ready. The message holds the end of its log."""


def _die_with_parent() -> None:
    # So that even kill -9 of the demo leaves no process running.
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """One `python -m …`, which is restarted whenever it ends, until it is stopped."""

    def __init__(
        self, name: str, arguments: Sequence[str], env: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self._arguments = arguments
        self._env = {**os.environ, "PYTHONUNBUFFERED": "1", **env}
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self.starts = 0
        self.started_at = 0.0

    @property
    def log(self) -> Path:
        return self._log

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        await self._spawn()
        self._keeper = asyncio.create_task(self._keep_alive())

    async def _spawn(self) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *self._arguments,
                env=self._env,
                stdout=log,
                stderr=log,
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self.starts += 1
        self.started_at = time.monotonic()

    async def _keep_alive(self) -> None:
        while True:
            assert self._process is not None  # noqa: S101 - it was started before
            await self._process.wait()
            await asyncio.sleep(_RESTART_SECONDS)
            await self._spawn()

    def kill(self) -> None:
        """Sends SIGKILL. The process is then restarted."""
        if self.alive and self._process is not None:
            self._process.kill()

    async def stop(self) -> int | None:
        """Sends SIGTERM, and SIGKILL if it takes too long. Returns the exit code."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._process is None:
            return None
        if self.alive:
            self._process.terminate()
            try:
                async with asyncio.timeout(_STOP_SECONDS):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        return self._process.returncode

    def tail(self, lines: int = 15) -> str:
        if not self._log.exists():
            return ""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])
