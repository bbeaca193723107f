"""What a process is called and what it connects to; each service's settings say so."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Process:
    service: str
    instance: str
    """Kept over restarts and shared with no other process (decision 5)."""
    kafka_url: str
    mongodb_url: str
    namespace: str
    """Prefix of topics, databases and consumer groups."""
    http_host: str
    http_port: int
