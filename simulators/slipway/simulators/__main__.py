"""Serves the simulated environment until Ctrl-C: `python -m slipway.simulators [--help] [--json]`.

Prints the addresses, and the environment variables that connect the services. With `--json` it
prints the same as one line of JSON.
"""

import argparse
import asyncio
import json
import random
import secrets
from datetime import UTC, datetime, timedelta

from slipway.simulators.cloud import CloudSettings
from slipway.simulators.environment import EnvironmentSettings, SimulatedEnvironment
from slipway.simulators.ghl.settings import GhlSettings
from slipway.simulators.ledger import Terms
from slipway.simulators.serving import Served, serve
from slipway.simulators.settings import Settings
from slipway.telemetry.process import run_until_stopped
from slipway.telemetry.settings import describe, load


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m slipway.simulators",
        description="A simulated GHL, cloud, Slack and mailbox, with a page that drives them.",
        epilog=describe(Settings),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--json", action="store_true", help="print the addresses as one line of JSON"
    )
    asked = parser.parse_args()
    settings = load(Settings)
    asyncio.run(run_until_stopped([_run(settings, as_json=asked.json)]))


async def _run(settings: Settings, *, as_json: bool) -> None:
    simulated = _simulated(settings)
    listening = serve(
        simulated, host=settings.host, port=settings.port, smtp_port=settings.smtp_port
    )
    async with listening as served:
        addresses = _addresses(simulated, served)
        print(json.dumps(addresses) if as_json else _table(addresses), flush=True)
        await asyncio.Event().wait()


def _simulated(settings: Settings) -> SimulatedEnvironment:
    secret = settings.workflow_secret
    ghl = GhlSettings(
        period_seconds=settings.period_seconds,
        webhook_url=settings.webhook_url,
        workflow_url=settings.workflow_url,
        workflow_secret=secret.get_secret_value() if secret else secrets.token_urlsafe(24),
        retry_policy=settings.retry_policy,
        retry_seconds=settings.retry_seconds,
        requests_per_10_seconds=settings.requests_per_10_seconds,
        lag_seconds=settings.lag_seconds,
    )
    seed = secrets.randbits(64) if settings.seed is None else settings.seed
    terms = Terms(
        installation=settings.installation,
        sla=timedelta(seconds=settings.sla_seconds),
        holds={plan: timedelta(seconds=held) for plan, held in settings.hold_seconds.items()},
    )
    cloud = CloudSettings(boot_seconds=settings.boot_seconds)
    # Predictable keys are safe here, because they protect only a simulator.
    rng = random.Random(seed)  # noqa: S311
    return SimulatedEnvironment(
        lambda: datetime.now(UTC), rng, EnvironmentSettings(ghl, cloud, terms, settings.kill_url)
    )


def _addresses(simulated: SimulatedEnvironment, served: Served) -> dict[str, object]:
    """Returns the addresses, and the environment variables that connect the services."""
    ghl = simulated.ghl
    tokens = {one.id: one.token for one in ghl.settings.locations}
    return {
        "page": served.url,
        "ghl": served.ghl_url,
        "cloud": served.cloud_url,
        "slack": served.slack_url,
        "smtp": f"{served.smtp_host}:{served.smtp_port}",
        "admin": f"{served.url}/_sim/docs",
        "environment": {
            "SLIPWAY_INGEST_GHL_URL": served.ghl_url,
            "SLIPWAY_INGEST_LOCATIONS": json.dumps(tokens),
            "SLIPWAY_INGEST_GHL_PUBLIC_KEYS": ghl.signer.public_pem,
            "SLIPWAY_INGEST_WORKFLOW_SECRET": ghl.settings.workflow_secret,
            "SLIPWAY_NOTIFIER_SLACK_URL": served.slack_url,
            "SLIPWAY_NOTIFIER_MAIL": json.dumps(_mailbox(served)),
        },
        "cloud_tokens": {
            project: token for token, project in simulated.cloud.settings.tokens.items()
        },
    }


def _mailbox(served: Served) -> dict[str, str]:
    return {
        "host": served.smtp_host,
        "port": str(served.smtp_port),
        "sender": "slipway@example.com",
        "recipients": "admin@example.com",
    }


def _table(addresses: dict[str, object]) -> str:
    environment = addresses["environment"]
    assert isinstance(environment, dict)  # noqa: S101 - built by _addresses
    lines = [
        f"  {name:6} {value}"
        for name, value in addresses.items()
        if name not in {"environment", "cloud_tokens"}
    ]
    exports = [f"export {name}='{value}'" for name, value in environment.items()]
    return "\n".join(
        [
            "the simulated environment, until Ctrl-C:",
            *lines,
            "",
            f"cloud tokens by project: {json.dumps(addresses['cloud_tokens'])}",
            "",
            "to connect the services:",
            *exports,
            "",
            "to send webhooks to ingest, set SLIPWAY_SIM_WEBHOOK_URL and SLIPWAY_SIM_WORKFLOW_URL,",
            f"or PUT {addresses['page']}/_sim/ghl/targets",
        ]
    )


if __name__ == "__main__":
    main()
