"""Fixtures for all tests; a test that asks for Kafka or MongoDB is marked `backing` by itself."""

import inspect
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.support import browsers
from tests.support.backing import backing, kafka_url, mongodb_url, namespace

_UNIT = Path(__file__).parent / "unit"
_DOMAIN = {"contracts", "eventstore", "ingest", "provisioner", "notifier", "reporting"}

__all__ = ["backing", "kafka_url", "mongodb_url", "namespace"]

# Two shared cores: a slow example says nothing about the code. Domain tests stay under five
# seconds; HYPOTHESIS_PROFILE=thorough looks for an hour's worth of what they would find in a week.
settings.register_profile("slipway", deadline=None, max_examples=25)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "slipway"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if {"backing", "kafka_url", "mongodb_url"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.backing)
        # What decides and folds waits for nothing, so its tests are plain functions.
        plain = isinstance(item, pytest.Function) and not inspect.iscoroutinefunction(item.obj)
        if plain and any(item.path.is_relative_to(_UNIT / part) for part in _DOMAIN):
            item.add_marker(pytest.mark.domain)
    # Those that start everything take longest, so no worker is left alone with them at the end.
    items.sort(key=lambda item: "system" not in getattr(item, "fixturenames", ()))
    browsers.leave_out(config, items)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    browsers.told_by_worker(node.config, getattr(node, "workeroutput", {}))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    browsers.say_so(config, terminalreporter)
