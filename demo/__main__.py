"""`python -m demo` runs the whole product with simulators; `--once` plays a fixed scenario."""

import argparse
import asyncio
import random
import signal
import sys
import time
from pathlib import Path

from rich.console import Console
from slipway.backing import Backing, CannotStart, start

from demo.endless import keep_customers_busy
from demo.once import run_once
from demo.system import System, running
from demo.terminal import show


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m demo", description="Slipway with a simulated GHL, cloud, Slack and mailbox."
    )
    parser.add_argument(
        "--once",
        action="store_true",
        help="play a scenario of forty customers and check it; the last line is JSON",
    )
    parser.add_argument(
        "--picture",
        type=Path,
        metavar="PNG",
        help="take a screenshot of the portal's dashboard after some minutes",
    )
    parser.add_argument(
        "--seconds", type=float, default=300, help="how long it runs before the screenshot"
    )
    parser.add_argument("--seed", type=int, default=7, help="seed of the customers' actions")
    asked = parser.parse_args()
    console = Console(stderr=True)
    signal.signal(signal.SIGTERM, _interrupt)
    began = time.monotonic()
    try:
        with start() as backing:
            holds = asyncio.run(_main(backing, asked, console, began))
    except KeyboardInterrupt:
        console.print("stopped; no process is left running")
        return
    except CannotStart as problem:
        sys.exit(str(problem))
    if not holds:
        sys.exit(1)


async def _main(
    backing: Backing, asked: argparse.Namespace, console: Console, began: float
) -> bool:
    with console.status("") as status:
        async with running(
            backing, say=status.update, seed=asked.seed, usual_ports=not asked.once
        ) as system:
            status.stop()
            if asked.once:
                return await run_once(system, console, began)
            if asked.picture:
                await _picture(system, console, asked)
                return True
            await _stay(system, console, asked.seed)
    return True


async def _stay(system: System, console: Console, seed: int) -> None:
    invitation = await system.invite()
    living = asyncio.create_task(keep_customers_busy(system.simulators, random.Random(seed)))  # noqa: S311 - customers
    try:
        await show(system, console, invitation)
    finally:
        living.cancel()


async def _picture(system: System, console: Console, asked: argparse.Namespace) -> None:
    from demo.screenshot import take  # noqa: PLC0415 - only this needs a browser

    rng = random.Random(asked.seed)  # noqa: S311 - customers
    await take(system, console, asked.picture, rng, asked.seconds)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
