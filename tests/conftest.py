"""Fixtures for all tests; a test that asks for Kafka or MongoDB is marked `backing` by itself."""

import pytest
from hypothesis import settings

from tests.support.backing import backing, kafka_url, mongodb_url, namespace

__all__ = ["backing", "kafka_url", "mongodb_url", "namespace"]

# Two shared cores: a slow example says nothing about the code.
settings.register_profile("slipway", deadline=None)
settings.load_profile("slipway")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if {"backing", "kafka_url", "mongodb_url"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.backing)
