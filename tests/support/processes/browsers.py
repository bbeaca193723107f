"""Which Chromium browser tests use: Debian's, or SLIPWAY_CHROMIUM. Without one they are left out.

One line says so at the end of the run: a skip for each of them would bury it.
"""

import os
import shutil

import pytest

_LEFT_OUT = pytest.StashKey[int]()
_TOLD = "browser_tests_left_out"


def executable() -> str | None:
    return os.environ.get("SLIPWAY_CHROMIUM") or shutil.which("chromium")


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take what is marked `browser` off the list where there is no Chromium."""
    if executable() is not None:
        return
    without = [item for item in items if item.get_closest_marker("browser")]
    if without:
        items[:] = [item for item in items if not item.get_closest_marker("browser")]
        config.hook.pytest_deselected(items=without)
    config.stash[_LEFT_OUT] = len(without)
    if (output := getattr(config, "workeroutput", None)) is not None:
        output[_TOLD] = len(without)


def told_by_worker(config: pytest.Config, output: dict[str, int]) -> None:
    """Where tests run side by side, only the workers know; each collects them all."""
    config.stash[_LEFT_OUT] = output.get(_TOLD, 0)


def say_so(config: pytest.Config, reporter: pytest.TerminalReporter) -> None:
    if left_out := config.stash.get(_LEFT_OUT, 0):
        reporter.write_line(
            f"no Chromium here: {left_out} browser tests were left out (apt install chromium)",
            yellow=True,
        )
