"""The regions, server types and images of this cloud: a part of Hetzner's catalog.

Hetzner's API calls a region "location".
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Location:
    id: int
    name: str
    city: str
    country: str
    zone: str


@dataclass(frozen=True)
class ServerType:
    id: int
    name: str
    cores: int
    memory_gib: float
    disk_gib: int
    architecture: str = "x86"


@dataclass(frozen=True)
class Image:
    id: int
    name: str
    flavor: str
    version: str
    architecture: str = "x86"


LOCATIONS = (
    Location(1, "fsn1", "Falkenstein", "DE", "eu-central"),
    Location(2, "nbg1", "Nuremberg", "DE", "eu-central"),
    Location(3, "hel1", "Helsinki", "FI", "eu-central"),
    Location(4, "ash", "Ashburn, VA", "US", "us-east"),
)

SERVER_TYPES = (
    ServerType(22, "cpx11", 2, 2.0, 40),
    ServerType(45, "cax11", 2, 4.0, 40, "arm"),
    ServerType(104, "cx22", 2, 4.0, 40),
    ServerType(105, "cx32", 4, 8.0, 80),
    ServerType(106, "cx42", 8, 16.0, 160),
    ServerType(107, "cx52", 16, 32.0, 320),
    ServerType(114, "cx23", 2, 4.0, 40),
    ServerType(115, "cx33", 4, 8.0, 80),
    ServerType(116, "cx43", 8, 16.0, 160),
)

IMAGES = (
    Image(114690387, "debian-12", "debian", "12"),
    Image(114690389, "debian-12", "debian", "12", "arm"),
    Image(310557660, "debian-13", "debian", "13"),
    Image(67794396, "ubuntu-22.04", "ubuntu", "22.04"),
    Image(161547269, "ubuntu-24.04", "ubuntu", "24.04"),
    Image(161547270, "ubuntu-24.04", "ubuntu", "24.04", "arm"),
)
