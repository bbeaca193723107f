"""The notifier's inbox over a fresh MongoDB database, for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.support.servers.notifier_inbox import NotifierOverMongo, notifier_over_mongo


@pytest.fixture
async def here(mongodb_url: str) -> AsyncIterator[NotifierOverMongo]:
    async with notifier_over_mongo(mongodb_url) as opened:
        yield opened
