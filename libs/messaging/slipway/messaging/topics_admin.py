"""Creates the topics and checks their retention, because a short retention loses history (H19).

Kafka is configured not to create topics automatically. Existing topics are never changed.
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
    """Raised if a topic has wrong settings.

    The message names the difference and the command to fix it.
    """


async def ensure_topics(kafka_url: str, namespace: str) -> None:
    """Creates missing topics. Raises TopicsWrong if the settings of a topic would lose history.

    Waits for Kafka without limit. New topics are replicated to three brokers, or to all if there
    are fewer.
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
    # With only one copy, an acknowledged record would be lost when its broker fails.
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
    # The client does not raise for a topic that it could not create, so the answer is checked.
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
    """Returns the topic's settings. Waits until the broker knows the topic.

    Brokers learn of a new topic one after the other.
    """
    while True:
        [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
        [(code, message, _kind, _name, entries)] = answer.resources
        if code == 0:
            return {entry[0]: entry[1] for entry in entries}
        if code != _UNKNOWN_TOPIC:
            raise TopicsWrong(f"{name} can't be described: {message or code}")
        await asyncio.sleep(_AGAIN_SECONDS)
