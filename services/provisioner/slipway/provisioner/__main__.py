"""`python -m slipway.provisioner`: creates and deletes servers as subscriptions require."""

import argparse
import asyncio
import contextlib
import sys

import uvloop

from slipway.provisioner.settings import Settings
from slipway.provisioner.specs import BadSpecs, Specs, parse
from slipway.provisioner.wiring import UnknownAccount, wired
from slipway.telemetry import logs, traces
from slipway.telemetry.settings import describe, load


def main() -> None:
    argparse.ArgumentParser(
        prog="python -m slipway.provisioner",
        description="Creates, suspends, resumes and deletes servers at cloud providers.",
        epilog=describe(Settings),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    settings = load(Settings)
    logs.configure("provisioner", settings.log_level)
    traces.configure("provisioner", settings.otlp_url, settings.traces_file)
    try:
        specs = parse(settings.provisioner_specs.read_text())
    except (BadSpecs, OSError, UnicodeDecodeError) as error:
        sys.exit(f"SLIPWAY_PROVISIONER_SPECS: {error}")
    try:
        with (
            contextlib.suppress(KeyboardInterrupt),
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            runner.run(_serve(settings, specs))
    except UnknownAccount as error:
        sys.exit(str(error))


async def _serve(settings: Settings, specs: Specs) -> None:
    await wired(settings, specs).serve()


if __name__ == "__main__":
    main()
