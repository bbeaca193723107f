"""Writes the AsyncAPI document of all topics: `python -m slipway.messaging.asyncapi FILE`.

FastStream generates the channels and schemas, but without keys and headers, and with one message
per topic. This module adds the keys and headers, and writes one message per type, in CloudEvents'
binary mode.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from faststream.specification import AsyncAPI

from slipway.contracts.envelope import Message
from slipway.contracts.topics import ALL, Topic
from slipway.messaging.channels import declared_broker, messages_on

_HEADERS = {
    "ce_specversion": "1.0",
    "ce_id": "`<epoch>/<stream>/<version>`, unique",
    "ce_source": "`slipway/<service>`",
    "ce_type": "the message's type with its schema version",
    "ce_subject": "the stream",
    "ce_time": "when the event happened, ISO 8601",
    "ce_sequence": "the version within the stream, from 1",
    "ce_epoch": "order within a stream is (epoch, version)",
    "ce_correlationid": "the same for everything that one event outside set off",
    "ce_causationid": "the event or command that led to this one; may be missing",
    "ce_actor": "`slipway`, `provider`, `ghl`, or `user:<mail>`",
    "traceparent": "W3C trace context; may be missing",
    "content-type": "application/json",
}
_KEY = {"type": "string", "description": "the subscription if the stream has one, else the stream"}


def document() -> dict[str, Any]:
    broker = declared_broker()
    title = "Slipway's topics"
    found = AsyncAPI(broker, title=title, version="1", schema_version="3.0.0")
    specification: dict[str, Any] = found.to_specification().to_jsonable()
    components = specification["components"]
    components["schemas"]["Headers"] = _headers()
    for topic in ALL:
        channel = specification["channels"][topic.name]
        channel["bindings"]["kafka"] |= _settings(topic)
        if messages_on(topic):
            _one_message_per_type(specification, topic)
    return specification


def text() -> str:
    return json.dumps(document(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _headers() -> dict[str, Any]:
    properties = {name: {"type": "string", "description": says} for name, says in _HEADERS.items()}
    optional = {"ce_causationid", "traceparent"}
    required = [name for name in _HEADERS if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def _settings(topic: Topic) -> dict[str, Any]:
    configuration = {"cleanup.policy": ["delete"], "retention.ms": topic.retention_ms}
    return {"partitions": topic.partitions, "topicConfiguration": configuration}


def _one_message_per_type(specification: dict[str, Any], topic: Topic) -> None:
    messages, channel = (
        specification["components"]["messages"],
        specification["channels"][topic.name],
    )
    for name in channel["messages"]:
        del messages[f"{topic.name}:{name}"]
        specification["components"]["schemas"].pop(f"{topic.name}:{name}:Payload", None)
    references = {}
    for cls in messages_on(topic):
        messages[cls.__name__] = _message(cls)
        references[cls.__name__] = {"$ref": f"#/components/messages/{cls.__name__}"}
    channel["messages"] = references
    for operation in specification["operations"].values():
        if operation["channel"]["$ref"] == f"#/channels/{topic.name}":
            operation["messages"] = [
                {"$ref": f"#/channels/{topic.name}/messages/{name}"} for name in references
            ]


def _message(cls: type[Message]) -> dict[str, Any]:
    return {
        "name": cls.TYPE,
        "title": cls.__name__,
        "summary": (cls.__doc__ or "").strip().partition("\n")[0],
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/Headers"},
        "payload": {"$ref": f"#/components/schemas/{cls.__name__}"},
        "correlationId": {"location": "$message.header#/ce_correlationid"},
        "bindings": {"kafka": {"key": _KEY}},
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m slipway.messaging.asyncapi")
    parser.add_argument("file", type=Path)
    parser.parse_args().file.write_text(text())


if __name__ == "__main__":
    main()
