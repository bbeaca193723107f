"""A dead letter's record is read again by its offset, or reported as gone."""

import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition
from slipway.contracts import topics
from slipway.contracts.topics import MAX_RECORD_BYTES
from slipway.messaging.producer import Producer, open_producer
from slipway.messaging.record_lookup import RecordGone, look_up_record
from slipway.messaging.topics_admin import ensure_topics

PARTITION = 3


async def _write(producer: Producer, namespace: str, *bodies: bytes) -> None:
    client = producer._client
    for body in bodies:
        await client.send_and_wait(f"{namespace}.{topics.VPS.name}", body, partition=PARTITION)


async def test_the_record_at_an_offset_is_read_again_however_large(
    kafka_url: str, namespace: str
) -> None:
    await ensure_topics(kafka_url, namespace)
    producer = await open_producer(kafka_url, namespace)
    large = b"x" * (MAX_RECORD_BYTES - 1024)
    await _write(producer, namespace, b"first", large, b"last")
    await producer.stop()
    for offset, body in enumerate((b"first", large, b"last")):
        found = await look_up_record(
            kafka_url, namespace, topic="vps", partition=PARTITION, offset=offset
        )
        assert (found.offset, found.value) == (offset, body)


@pytest.mark.parametrize("first_kept", [1, 2], ids=["another follows", "nothing is left"])
async def test_a_record_past_its_retention_is_gone_and_no_other_is_returned(
    kafka_url: str, namespace: str, first_kept: int
) -> None:
    await ensure_topics(kafka_url, namespace)
    producer = await open_producer(kafka_url, namespace)
    await _write(producer, namespace, b"old", b"new")
    await producer.stop()
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_url)
    await admin.start()
    place = TopicPartition(f"{namespace}.{topics.VPS.name}", PARTITION)
    await admin.delete_records({place: RecordsToDelete(before_offset=first_kept)})
    await admin.close()
    with pytest.raises(RecordGone):
        await look_up_record(kafka_url, namespace, topic="vps", partition=PARTITION, offset=0)
