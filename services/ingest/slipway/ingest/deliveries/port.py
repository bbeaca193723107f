"""The port to the raw bodies that Kafka keeps; `raw_bodies` implements it."""

from typing import Protocol

from slipway.contracts.deliveries import RawRef


class RawBodies(Protocol):
    async def body(self, ref: RawRef) -> bytes | None:
        """Returns a delivery's bytes as stored; None if Kafka no longer keeps them."""
