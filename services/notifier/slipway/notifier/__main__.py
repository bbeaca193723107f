"""Command line: `python -m slipway.notifier` runs the notifier.

With the argument `prober`, only the portal probe runs.
"""

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
        description="Notifies the admins of incidents: what is wrong, why, and what happens next.",
        epilog=describe(Settings),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "role",
        nargs="?",
        choices=["all", "prober"],
        default="all",
        help="prober: only probe the portal, from another machine (default: all)",
    )
    arguments = parser.parse_args()
    settings = load(Settings)
    logs.configure("notifier", settings.log_level)
    traces.configure("notifier", settings.otlp_url, settings.traces_file)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(probe_only(settings) if arguments.role == "prober" else _serve(settings))


async def _serve(settings: Settings) -> None:
    await wired(settings).serve()


if __name__ == "__main__":
    main()
