"""Finds the Chromium of the browser tests: SLIPWAY_CHROMIUM, or `chromium` on PATH.

Without one the browser tests are deselected, and one line at the end of the run says so.
"""

import os
import shutil

import pytest

_LEFT_OUT = pytest.StashKey[int]()
_TOLD = "browser_tests_left_out"


def executable() -> str | None:
    return os.environ.get("SLIPWAY_CHROMIUM") or shutil.which("chromium")


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselects the tests marked `browser` if there is no Chromium."""
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
    """Takes the number from a pytest-xdist worker, as only workers collect tests."""
    config.stash[_LEFT_OUT] = output.get(_TOLD, 0)


def say_so(config: pytest.Config, reporter: pytest.TerminalReporter) -> None:
    if left_out := config.stash.get(_LEFT_OUT, 0):
        reporter.write_line(
            f"no Chromium here: {left_out} browser tests were left out (apt install chromium)",
            yellow=True,
        )
