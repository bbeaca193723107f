"""The simulated GHL on a loopback port, calling one ingest's edge on the machine's own clock."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from slipway.ingest.wiring import WEBHOOK_PATH, WORKFLOW_PATH
from slipway.simulators.ghl.api.routes import build_api
from slipway.simulators.ghl.billing import Ghl
from slipway.simulators.ghl.settings import GhlSettings

from tests.support.servers.asgi import served_app

WORKFLOW_SECRET = "workflow-secret-of-the-demo"
PLANS = Path(__file__).parents[3] / "plans.yaml"


@asynccontextmanager
async def simulated_ghl(edge_url: str, **settings: Any) -> AsyncIterator[tuple[Ghl, str]]:
    """Yields GHL and the URL of its API. `settings` are fields of GhlSettings."""
    defaults: dict[str, Any] = {
        "webhook_url": edge_url + WEBHOOK_PATH,
        "workflow_url": edge_url + WORKFLOW_PATH,
        "workflow_secret": WORKFLOW_SECRET,
        "retry_seconds": 0.5,
        "requests_per_10_seconds": 0,
    }
    random_source = random.Random(7)  # noqa: S311 - a seed, no secret
    ghl = Ghl(
        lambda: datetime.now(UTC),
        random_source,
        GhlSettings(**(defaults | settings)),
        sleep=asyncio.sleep,
    )
    async with served_app(build_api(ghl)) as url:
        try:
            yield ghl, url
        finally:
            await ghl.close()
