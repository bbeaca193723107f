"""A delivery's raw body, fetched again from where it lies in Kafka; for a person's replay."""

from slipway.contracts.deliveries import RawRef
from slipway.messaging.record_lookup import RecordGone, look_up_record


class KafkaRawBodies:
    def __init__(self, kafka_url: str, namespace: str) -> None:
        self._kafka_url = kafka_url
        self._namespace = namespace

    async def body(self, ref: RawRef) -> bytes | None:
        """Raises KafkaError where Kafka doesn't answer."""
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
