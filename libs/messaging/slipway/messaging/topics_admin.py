"""Creates the topics and asserts what they keep: a wrong retention makes history lie (H19).

Topics are never made by themselves, and existing ones are never changed from here.
"""

import asyncio

import stamina
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from slipway.contracts.topics import ALL, MAX_RECORD_BYTES, Topic

_ALREADY_EXISTS = 36
_UNKNOWN_TOPIC = 3
_AGAIN_SECONDS = 0.05
_REPLICAS = 3
_HEADERS_ROOM = 64 * 1024


class TopicsWrong(Exception):
    """Says what differs and the command that cures it."""


async def ensure_topics(kafka_url: str, namespace: str) -> None:
    """Waits for Kafka without limit. Raises TopicsWrong; a service must not run on lost history.

    New topics are kept by three brokers, or by as many as there are.
    """
    admin = await _connected(kafka_url)
    try:
        await _create(admin, namespace)
        differing = [
            problem
            for topic in ALL
            for problem in await _differing(admin, f"{namespace}.{topic.name}", _settings(topic))
        ]
    finally:
        await admin.close()
    if differing:
        raise TopicsWrong("\n".join(differing))


async def _connected(kafka_url: str) -> AIOKafkaAdminClient:
    async def start() -> AIOKafkaAdminClient:
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka_url)
        try:
            await admin.start()
        except (KafkaError, OSError):
            await admin.close()
            raise
        return admin

    retrying = stamina.AsyncRetryingCaller(attempts=None, timeout=None, wait_max=1.0)
    return await retrying((KafkaError, OSError), start)


async def _create(admin: AIOKafkaAdminClient, namespace: str) -> None:
    cluster = await admin.describe_cluster()
    replicas = min(_REPLICAS, len(cluster["brokers"]))
    # What one broker alone had taken would be gone with it, acknowledged or not.
    safe = {"min.insync.replicas": str(max(1, replicas - 1))}
    wanted = [
        NewTopic(
            f"{namespace}.{topic.name}",
            topic.partitions,
            replicas,
            topic_configs={**_settings(topic), **safe},
        )
        for topic in ALL
    ]
    answer = await admin.create_topics(wanted)
    # The client doesn't raise for a topic that could not be made: it says so in here.
    for name, code, message in answer.topic_errors:
        if code not in {0, _ALREADY_EXISTS}:
            raise TopicsWrong(f"{name} can't be created: {message or code}")


def _settings(topic: Topic) -> dict[str, str]:
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(topic.retention_ms),
        "retention.bytes": "-1",
        "max.message.bytes": str(MAX_RECORD_BYTES + _HEADERS_ROOM),
    }


async def _differing(admin: AIOKafkaAdminClient, name: str, wanted: dict[str, str]) -> list[str]:
    found = await _described(admin, name)
    return [
        f"topic {name} has {setting}={found.get(setting)}, Slipway needs {value}: "
        f"kafka-configs --alter --topic {name} --add-config {setting}={value}"
        for setting, value in wanted.items()
        if found.get(setting) != value
    ]


async def _described(admin: AIOKafkaAdminClient, name: str) -> dict[str, str]:
    """Its settings; a topic made a moment ago is not known to every broker at once."""
    while True:
        [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
        [(code, message, _kind, _name, entries)] = answer.resources
        if code == 0:
            return {entry[0]: entry[1] for entry in entries}
        if code != _UNKNOWN_TOPIC:
            raise TopicsWrong(f"{name} can't be described: {message or code}")
        await asyncio.sleep(_AGAIN_SECONDS)
