"""Runs ingest: `python -m slipway.ingest [edge] [worker] [poller]`, by default as all three."""

import argparse
import asyncio
import contextlib
import sys

import uvloop

from slipway.ingest.settings import Settings
from slipway.ingest.subscriptions.plans import BadPlans, Plans, parse_plans
from slipway.ingest.wiring import ROLES, wired
from slipway.telemetry import logs, traces
from slipway.telemetry.settings import describe, load


def main() -> None:
    arguments = _parser().parse_args()
    settings = load(Settings)
    logs.configure("ingest", settings.log_level)
    traces.configure("ingest", settings.otlp_url, settings.traces_file)
    try:
        plans = parse_plans(settings.ingest_plans.read_text())
    except (BadPlans, OSError, UnicodeDecodeError) as error:
        sys.exit(f"SLIPWAY_INGEST_PLANS: {error}")
    roles = frozenset(arguments.roles) or frozenset(ROLES)
    with (
        contextlib.suppress(KeyboardInterrupt),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(_serve(settings, plans, roles))


async def _serve(settings: Settings, plans: Plans, roles: frozenset[str]) -> None:
    await wired(settings, plans, roles).serve()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m slipway.ingest",
        description="Takes GHL's webhooks and lists; publishes each subscription's entitlement.",
        epilog=describe(Settings),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    roles = f"roles of this process: {', '.join(ROLES)}; default: all"
    parser.add_argument("roles", nargs="*", metavar="role", type=_role, help=roles)
    return parser


def _role(word: str) -> str:
    if word not in ROLES:
        raise argparse.ArgumentTypeError(f"{word!r} is none of {', '.join(ROLES)}")
    return word


if __name__ == "__main__":
    main()
