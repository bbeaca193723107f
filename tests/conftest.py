"""Fixtures for all tests; a test that asks for Kafka or MongoDB is marked `backing` by itself."""

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

# Two shared cores: a slow example says nothing about the code. `quick` keeps the domain tests under
# five seconds; `thorough` looks for an hour's worth of what the others would find in a week.
settings.register_profile("slipway", deadline=None, max_examples=40)
settings.register_profile("quick", deadline=None, max_examples=10)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "slipway"))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`-m domain` doesn't even import the others: that would take longer than its tests."""
    file = collection_path.suffix == ".py"
    return (
        True
        if file and config.option.markexpr == "domain" and not _is_domain(collection_path)
        else None
    )


@functools.cache
def _is_domain(file: Path) -> bool:
    """What decides and folds waits for nothing and knows no wiring, and so do its tests."""
    if file.parent.parent != _UNIT or file.parent.name not in _DOMAIN:
        return False
    text = file.read_text()
    return "async def test_" not in text and ".wiring import" not in text


@functools.cache
def _weight(file: Path) -> int:
    """How long a file's tests take: 3 if they start all services, 0 if they start no server."""
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
    # The longest first, so that no worker is left alone with them at the end.
    items.sort(key=lambda item: _weight(item.path), reverse=True)
    browsers.leave_out(config, items)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    browsers.told_by_worker(node.config, getattr(node, "workeroutput", {}))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    browsers.say_so(config, terminalreporter)
