"""Reads docker-compose.yml as Compose does, with the values of .env.example."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def example_values() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def services() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    found: dict[str, Any] = read["services"]
    return found


def environment_of(service: str) -> dict[str, str]:
    """Raises KeyError for a variable that is not in .env.example and has no default."""
    given = example_values()

    def put_in(match: re.Match[str]) -> str:
        name, kind, default = match.groups()
        return given.get(name, default) if kind == "-" else given[name]

    written = services()[service]["environment"]
    return {name: _VARIABLE.sub(put_in, value) for name, value in written.items()}
