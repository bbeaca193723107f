"""docs/hazards.md tells of each hazard, and names exactly the tests that there are."""

import ast
import re
from pathlib import Path

import pytest

from tests.hazards.__main__ import Removal, removals

ROOT = Path(__file__).parents[2]
TOLD = (ROOT / "docs" / "hazards.md").read_text()
FILES = sorted((ROOT / "tests" / "hazards").glob("test_*.py"))
OPEN = {27, 28}
"""May stay without a test, and say so."""


HAZARDS = sorted(
    {*range(1, 33), *map(int, re.findall(r"^\| H(\d+) \|", TOLD, re.MULTILINE))}
    | {int(file.name[6:8]) for file in FILES}
)


def _row(hazard: int) -> str:
    [row] = re.findall(rf"^\| H{hazard} \|.*$", TOLD, re.MULTILINE)
    return str(row)


@pytest.mark.parametrize("hazard", HAZARDS)
def test_a_hazard_has_its_row_with_its_tests(hazard: int) -> None:
    mine = {
        str(file.relative_to(ROOT))
        for file in FILES
        if file.name.startswith(f"test_h{hazard:02d}_")
    }
    assert mine <= set(re.findall(r"`(tests/[\w/]+\.py)`", _row(hazard)))
    assert mine or hazard in OPEN


def test_every_file_of_tests_that_is_named_is_there() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", TOLD))
    assert [name for name in named if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_hazards_test_begins_with_its_number(file: Path) -> None:
    number = file.stem.split("_")[1]
    tree = ast.parse(file.read_text())
    functions = [
        one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    tests = [one.name for one in functions if one.name.startswith("test_")]
    assert tests
    assert [name for name in tests if not name.startswith(f"test_{number}_")] == []


@pytest.mark.parametrize("removal", list(removals()), ids=lambda one: f"{one.hazard} {one.rule}")
def test_a_rule_that_is_to_be_taken_out_stands_in_its_file_once(removal: Removal) -> None:
    assert removal.source.read_text().count(removal.out) == 1
    assert removal.tests
