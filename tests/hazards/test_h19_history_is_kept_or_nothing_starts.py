"""H19: Kafka's default of seven days makes rebuilds lie, so retention is set, and asserted."""

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from slipway.contracts import topics
from slipway.messaging.topics_admin import TopicsWrong, ensure_topics


async def _retention_ms(admin: AIOKafkaAdminClient, name: str) -> int:
    """As the broker has it."""
    [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    [(_code, _message, _kind, _name, entries)] = answer.resources
    return int({entry[0]: entry[1] for entry in entries}["retention.ms"])


async def test_h19_topics_are_created_with_unlimited_retention(
    kafka_url: str, namespace: str
) -> None:
    await ensure_topics(kafka_url, namespace)
    await ensure_topics(kafka_url, namespace)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_url)
    await admin.start()
    kept = {
        topic.name: await _retention_ms(admin, f"{namespace}.{topic.name}") for topic in topics.ALL
    }
    await admin.close()
    assert kept["subscriptions"] == kept["vps"] == kept["deliveries"] == -1
    assert kept["webhooks"] == 30 * 24 * 3600 * 1000


async def test_h19_a_topic_with_limited_retention_stops_the_start_and_names_the_fix(
    kafka_url: str, namespace: str
) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_url)
    await admin.start()
    await admin.create_topics(
        [NewTopic(f"{namespace}.vps", 1, 1, topic_configs={"retention.ms": "604800000"})]
    )
    await admin.close()
    with pytest.raises(TopicsWrong) as caught:
        await ensure_topics(kafka_url, namespace)
    assert f"{namespace}.vps has retention.ms=604800000, Slipway needs -1" in str(caught.value)
    assert "kafka-configs --alter" in str(caught.value)
