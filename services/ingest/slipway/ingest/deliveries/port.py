"""The port to the raw bodies that Kafka stores. `raw_bodies` implements it."""

from typing import Protocol

from slipway.contracts.deliveries import RawRef


class RawBodies(Protocol):
    async def body(self, ref: RawRef) -> bytes | None:
        """Returns the bytes of a delivery as stored, or None if Kafka has deleted them."""
