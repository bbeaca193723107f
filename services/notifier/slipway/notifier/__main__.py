"""`python -m slipway.notifier` does all; `prober` only asks the portal, from another machine."""

import argparse
import asyncio
import contextlib

from slipway.notifier.settings import Settings
from slipway.notifier.wiring import probe_only, wired
from slipway.telemetry import logs, traces
from slipway.telemetry.settings import describe, load


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m slipway.notifier",
        description="Tells the right person what went wrong, what did not happen, and what next.",
        epilog=describe(Settings),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "role",
        nargs="?",
        choices=["all", "prober"],
        default="all",
        help="prober: only ask the portal, from another machine (default: all)",
    )
    asked = parser.parse_args()
    settings = load(Settings)
    logs.configure("notifier", settings.log_level)
    traces.configure("notifier", settings.otlp_url, settings.traces_file)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(probe_only(settings) if asked.role == "prober" else _serve(settings))


async def _serve(settings: Settings) -> None:
    await wired(settings).serve()


if __name__ == "__main__":
    main()
