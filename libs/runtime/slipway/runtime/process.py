"""The name of a process and the addresses it connects to. Each service's settings provide them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Process:
    service: str
    instance: str
    """A unique name of the process. A restart does not change it (decision 5)."""
    kafka_url: str
    mongodb_url: str
    namespace: str
    """The prefix of the names of topics, databases and consumer groups."""
    http_host: str
    http_port: int
