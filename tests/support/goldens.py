"""The golden files: one JSON for each type that was ever published."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "golden"


def types() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def read(type_: str) -> dict[str, Any]:
    """Empty where there is none yet."""
    file = FOLDER / f"{type_}.json"
    if not file.exists():
        return {}
    data: dict[str, Any] = json.loads(file.read_text())
    return data


def write(type_: str, data: dict[str, Any]) -> None:
    (FOLDER / f"{type_}.json").write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
