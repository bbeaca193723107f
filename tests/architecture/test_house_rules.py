"""Rules that no linter knows: sizes of files and folders, module docstrings, banned names."""

import ast
from collections import Counter
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("libs", "services", "simulators", "backing", "demo", "chaos", "benchmarks", "tests")
FILES = sorted(
    file
    for room in ROOMS
    for file in (ROOT / room).rglob("*.py")
    if "__pycache__" not in file.parts
)
PRODUCT = [file for file in FILES if file.relative_to(ROOT).parts[0] in {"libs", "services"}]
BANNED_NAMES = {
    *("utils", "helpers", "common", "base", "misc"),
    *("manager", "service", "models", "types", "constants"),
}


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


def functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_file_is_small_and_opens_by_saying_what_it_is_for(file: Path) -> None:
    text = file.read_text()
    tree = ast.parse(text)
    assert len(text.splitlines()) <= 300
    assert file.stem not in BANNED_NAMES
    docstring = ast.get_docstring(tree)
    if text.strip():
        assert docstring, "no module docstring"
        lines = [line for line in docstring.splitlines() if line]
        # A room's own __init__ lists its files in walking order.
        assert len(lines) <= 6 or file.stem == "__init__"
    long = [f.name for f in functions(tree) if (f.end_lineno or 0) - f.lineno >= 45]
    assert not long, f"functions of 45 lines or more: {long}"


def test_the_namespace_package_has_no_init_file() -> None:
    # One would hide the other members' rooms.
    assert not [
        *ROOT.glob("libs/*/slipway/__init__.py"),
        *ROOT.glob("services/*/slipway/__init__.py"),
        *ROOT.glob("*/slipway/__init__.py"),
    ]


def test_the_median_file_of_the_product_is_short() -> None:
    assert median(len(file.read_text().splitlines()) for file in PRODUCT) <= 120


def test_no_folder_of_a_service_has_more_than_twelve_modules() -> None:
    modules = Counter(
        file.parent
        for file in PRODUCT
        if file.relative_to(ROOT).parts[0] == "services" and file.stem != "__init__"
    )
    assert {name_of(folder): count for folder, count in modules.items() if count > 12} == {}
