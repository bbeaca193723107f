"""`python -m slipway.backing` starts both servers, prints their URLs and runs until Ctrl-C."""

import argparse
import signal
import sys
from pathlib import Path

from slipway.backing import CannotStart, start


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m slipway.backing",
        description="Real Kafka and MongoDB on loopback, without Docker. Stays until Ctrl-C.",
        epilog="SLIPWAY_KAFKA_URL and SLIPWAY_MONGODB_URL: use these instead of starting.",
    )
    parser.add_argument(
        "--folder", type=Path, help="where data and logs stay (default: temporary, removed)"
    )
    asked = parser.parse_args()
    # A shell that starts this in the background without job control ignores SIGINT for it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        with start(asked.folder) as backing:
            sys.stdout.write(
                f"export SLIPWAY_KAFKA_URL={backing.kafka_url}\n"
                f"export SLIPWAY_MONGODB_URL='{backing.mongodb_url}'\n"
            )
            sys.stdout.flush()
            sys.stderr.write(f"logs in {backing.folder}; Ctrl-C stops both\n")
            signal.pause()
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
    except CannotStart as problem:
        sys.exit(str(problem))


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
