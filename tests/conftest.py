"""Fixtures of all tests, and the marks `backing` and `domain`, which are set automatically."""

import functools
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.support.processes import browsers
from tests.support.servers.backing import backing, kafka_url, mongodb_url, namespace

_UNIT = Path(__file__).parent / "unit"
_DOMAIN = {"contracts", "eventstore", "ingest", "provisioner", "notifier", "reporting"}

__all__ = ["backing", "kafka_url", "mongodb_url", "namespace"]

# No deadline, because a slow example only shows a busy machine. `quick` keeps the domain tests
# under five seconds. `thorough` runs for about an hour and finds rarer cases.
settings.register_profile("slipway", deadline=None, max_examples=40)
settings.register_profile("quick", deadline=None, max_examples=10)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "slipway"))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skips the import of other tests with `-m domain`, which would take longer than its tests."""
    file = collection_path.suffix == ".py"
    return (
        True
        if file and config.option.markexpr == "domain" and not _is_domain(collection_path)
        else None
    )


@functools.cache
def _is_domain(file: Path) -> bool:
    """Returns whether a file tests pure code only: no async test, no import of a wiring."""
    if _UNIT not in file.parents or file.relative_to(_UNIT).parts[0] not in _DOMAIN:
        return False
    text = file.read_text()
    return "async def test_" not in text and ".wiring import" not in text


@functools.cache
def _weight(file: Path) -> int:
    """Returns 3 if the file's tests start all services, down to 0 if they start no server."""
    text = file.read_text()
    if "demo.system import" in text or "slipway.backing import CannotStart" in text:
        return 3
    return 2 if re.search(r"own_backing|support\.processes\.", text) else "_url: str" in text


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if {"backing", "kafka_url", "mongodb_url"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.backing)
        if _is_domain(item.path):
            item.add_marker(pytest.mark.domain)
    # The slowest files come first, so that no worker is left with one at the end.
    items.sort(key=lambda item: _weight(item.path), reverse=True)
    browsers.leave_out(config, items)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    browsers.told_by_worker(node.config, getattr(node, "workeroutput", {}))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    browsers.say_so(config, terminalreporter)
