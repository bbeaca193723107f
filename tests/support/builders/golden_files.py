"""The golden files: for each type ever published, a full message and the least it may hold."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "golden"
LEAST = FOLDER / "least"
VALUES = FOLDER / "values"


def names(folder: Path = FOLDER) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.json"))


def read(name: str, folder: Path = FOLDER) -> Any:
    """None where there is none yet."""
    file = folder / f"{name}.json"
    return json.loads(file.read_text()) if file.exists() else None


def write(name: str, data: Any, folder: Path = FOLDER) -> None:
    folder.mkdir(exist_ok=True)
    text = json.dumps(data, indent=2, ensure_ascii=False)
    (folder / f"{name}.json").write_text(f"{text}\n")
