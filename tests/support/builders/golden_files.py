"""The golden files: a full and a minimal message of each type that was ever published."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "golden"
LEAST = FOLDER / "least"
VALUES = FOLDER / "values"


def names(folder: Path = FOLDER) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.json"))


def read(name: str, folder: Path = FOLDER) -> Any:
    """Returns None if the file does not exist."""
    file = folder / f"{name}.json"
    return json.loads(file.read_text()) if file.exists() else None


def write(name: str, data: Any, folder: Path = FOLDER) -> None:
    folder.mkdir(exist_ok=True)
    text = json.dumps(data, indent=2, ensure_ascii=False)
    (folder / f"{name}.json").write_text(f"{text}\n")
