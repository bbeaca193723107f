"""What the documents name is there: files, functions, tests, causes, settings."""

import ast
import fnmatch
import importlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings
from slipway.contracts.incidents import IncidentCause
from slipway.telemetry.settings import variable

from tests.architecture.test_hazards_are_told import HAZARDS

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SERVICES = ("ingest", "provisioner", "notifier", "reporting")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text()
_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


@cache
def defined_in(file: Path) -> frozenset[str]:
    """Functions, classes and names at the top, and the methods of classes with a dot."""
    found: set[str] = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{name}" for name in _functions(node)}
        if isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return frozenset(found)


def _functions(room: ast.ClassDef) -> Iterator[str]:
    for node in room.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def anchors_of(file: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_leads_to_a_file_and_a_title(document: Path) -> None:
    lost = []
    for _, target in _LINK.findall(document.read_text()):
        if "://" in target:
            continue
        path, _, title = target.partition("#")
        file = document.parent / path if path else document
        if not file.exists() or (title and title not in anchors_of(file)):
            lost.append(target)
    assert lost == []


def _functions_linked_in(text: str) -> list[tuple[str, Path]]:
    return [
        (name.strip("`"), ROOT / target)
        for name, target in _LINK.findall(text)
        if target.endswith(".py") and not name.strip("`").endswith(".py")
    ]


def test_every_function_of_the_walk_is_where_it_is_said_to_be() -> None:
    named = _functions_linked_in(ARCHITECTURE)
    assert [name for name, file in named if name not in defined_in(file)] == []


def test_the_walk_names_at_most_25_functions() -> None:
    walk = ARCHITECTURE.partition("## The walk")[2].partition("\n## ")[0]
    product = [name for name, file in _functions_linked_in(walk) if "tests" not in file.parts]
    assert 15 < len(product) <= 25


def test_the_walk_has_the_headings_of_its_journey_test() -> None:
    journey = ast.parse((ROOT / "tests/journeys/test_one_subscription.py").read_text())
    told: list[str] = []
    for node in journey.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            told += [str(key.value) for key in node.value.keys if isinstance(key, ast.Constant)]
    assert re.findall(r"^### (\d+\. .*)$", ARCHITECTURE, re.MULTILINE) == told


def _named_in_a_rule(rule: str) -> Iterator[tuple[str, list[Path]]]:
    """`room/file.py`, then files of the same room and what they define."""
    room, files = "", list[Path]()
    for word in re.findall(r"`([^`]+)`", rule):
        if word.endswith((".py", ".html")):
            first, _, rest = word.partition("/")
            inside = bool(_members(first)) and bool(rest)
            room, path = (first, rest) if inside else (room, word)
            files = [member / room / path for member in _members(room)]
            files = [file for file in files if file.exists()]
            yield word, files
        elif re.fullmatch(r"[A-Za-z_.]+", word):
            yield word, [file for file in files if _has(file, word)]


def _members(name: str) -> list[Path]:
    return [*ROOT.glob(f"*/{name}/slipway/"), *ROOT.glob(f"{name}/slipway/")] if name else []


def _has(file: Path, word: str) -> bool:
    """A method may be named without its class."""
    return any(name == word or name.endswith(f".{word}") for name in defined_in(file))


@pytest.mark.parametrize("hazard", HAZARDS)
def test_the_code_that_a_hazards_rule_names_is_there(hazard: int) -> None:
    told = (ROOT / "docs" / "hazards.md").read_text()
    [row] = re.findall(rf"^\| H{hazard} \|.*$", told, re.MULTILINE)
    rule = str(row).split("|")[3]
    assert [word for word, found in _named_in_a_rule(rule) if not found] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_test_that_is_named_exists(document: Path) -> None:
    files = [*(ROOT / "tests").rglob("test_*.py")]
    there = {file.stem for file in files} | {name for f in files for name in defined_in(f)}
    named = set(re.findall(r"`(test_[\w*]+)`", document.read_text()))
    assert [name for name in named if not fnmatch.filter(there, name)] == []


@cache
def _product_files() -> tuple[Path, ...]:
    return tuple(
        file for room in ("libs", "services", "backing") for file in (ROOT / room).rglob("*.py")
    )


def _is_in_the_code(word: str) -> bool:
    """`module.name` is defined in a module of that name; `Class.name` and `room.module` exist."""
    first, _, second = word.partition(".")
    return any(
        word in defined_in(file)
        or (file.stem == first and _has(file, second))
        or (file.stem == second and file.parent.name == first)
        for file in _product_files()
    )


@pytest.mark.parametrize("page", ["ghl.md", "traps.md"])
def test_every_name_with_a_dot_is_in_the_code(page: str) -> None:
    written = (ROOT / "docs" / page).read_text()
    # A first part of our own, not `price.type` of GHL's or a file's name.
    ours = {file.stem for file in _product_files()} | {
        name for file in _product_files() for name in defined_in(file) if "." not in name
    }
    words = set(re.findall(r"`([A-Za-z_]+\.(?!py`|md`|yaml`)[A-Za-z_]+)`", written))
    lost = [word for word in words if word.partition(".")[0] in ours and not _is_in_the_code(word)]
    a_scope_of_ghls = "contacts.write"
    assert set(lost) - {a_scope_of_ghls} == set()


def test_each_cause_of_an_incident_stands_under_what_to_do_when() -> None:
    table = OPERATIONS.partition("## What to do when")[2].partition("###")[0]
    told = set(re.findall(r"^\|[^|]*\| `([\w-]+)` \|", table, re.MULTILINE))
    assert told == {cause.value for cause in IncidentCause}


def test_each_cause_of_an_incident_is_raised_by_the_notifier() -> None:
    used = {
        node.attr
        for file in (ROOT / "services/notifier/slipway/notifier").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "IncidentCause"
    }
    assert used == {cause.name for cause in IncidentCause}


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    if field.default is None:
        return "\N{EN DASH}"
    value = field.default
    return f"`{json.dumps(list(value)) if isinstance(value, tuple) else value}`"


@pytest.mark.parametrize("service", SERVICES)
def test_the_settings_of_a_service_are_the_ones_that_it_reads(service: str) -> None:
    cls: type[BaseSettings] = importlib.import_module(f"slipway.{service}.settings").Settings
    section = OPERATIONS.partition("## Settings")[2].partition(f"### {service}\n")[2]
    told = re.findall(r"^\| `SLIPWAY.*$", section.partition("\n### ")[0], re.MULTILINE)
    assert told == [
        f"| `{variable(cls, name)}` | {_default(field)} | {field.description} |"
        for name, field in cls.model_fields.items()
    ]


@pytest.mark.parametrize("document", [*DOCUMENTS, ROOT / ".env.example"], ids=name_of)
def test_every_variable_that_is_named_is_read_somewhere(document: Path) -> None:
    rooms = [*SERVICES, "simulators"]
    settings = [importlib.import_module(f"slipway.{room}.settings").Settings for room in rooms]
    read = {variable(cls, name) for cls in settings for name in cls.model_fields}
    named = set(re.findall(r"SLIPWAY_[A-Z0-9_]*[A-Z0-9]", document.read_text()))
    assert named - read - {"SLIPWAY_"} == set()
