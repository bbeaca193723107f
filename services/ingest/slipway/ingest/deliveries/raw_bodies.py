"""Reads a delivery's raw body from Kafka, so that an admin can replay the delivery."""

from slipway.contracts.deliveries import RawRef
from slipway.messaging.record_lookup import RecordGone, look_up_record


class KafkaRawBodies:
    def __init__(self, kafka_url: str, namespace: str) -> None:
        self._kafka_url = kafka_url
        self._namespace = namespace

    async def body(self, ref: RawRef) -> bytes | None:
        """Returns the body, or None if Kafka has deleted it. Raises KafkaError if Kafka is down."""
        try:
            record = await look_up_record(
                self._kafka_url,
                self._namespace,
                topic=ref.topic,
                partition=ref.partition,
                offset=ref.offset,
            )
        except RecordGone:
            return None
        return record.value
