"""A consumer-group member as its own process, which a test can kill. It prints each record."""

import asyncio
import sys

from slipway.contracts.envelope import Recorded

from tests.support.servers.sample_topic import sample_topic


async def main(kafka_url: str, namespace: str) -> None:
    async def say(_recorded: Recorded) -> None:
        print("heard", flush=True)  # noqa: T201 - the test waits for this line

    async with sample_topic(kafka_url, namespace) as topic, topic.consuming(say):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
