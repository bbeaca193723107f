"""An event built without a required field is an error of the type checker, everywhere.

mypy checks each keyword of a constructor, and each key of a `**` whose type is a TypedDict. It
checks nothing of `**` of a plain dict, so a plain dict must not be unpacked into an event.
"""

import ast
import tomllib
from pathlib import Path
from typing import TypedDict

import pytest
from pydantic import ValidationError
from slipway.contracts.codec import REGISTRY
from slipway.contracts.envelope import Event
from slipway.contracts.vps import OperationParked

ROOT = Path(__file__).parents[2]
FILES = sorted(
    file
    for room in ("libs", "services")
    for file in (ROOT / room).rglob("*.py")
    if "__pycache__" not in file.parts
)
TREES = {file: ast.parse(file.read_text()) for file in FILES}
EVENTS = {cls.__name__ for cls in REGISTRY.values() if issubclass(cls, Event)}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(node: ast.AST | None) -> str | None:
    """The last part of a name: `AccountPaused` for `vps.AccountPaused`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str(name)):
            return name
        case _:
            return None


def typed_dicts() -> set[str]:
    """The TypedDict classes of the tree, also those that extend another one."""
    bases = {
        node.name: {name_of(base) for base in node.bases}
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"TypedDict"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


TYPED_DICTS = typed_dicts()


def returned_types() -> dict[str, set[str | None]]:
    """For each name of a function or method, the types that functions of this name return.

    `Iterator[Ids]` and the like are noted as `each Ids`.
    """
    found: dict[str, set[str | None]] = {}
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                found.setdefault(node.name, set()).add(_type_named(node.returns))
    return found


def _type_named(annotation: ast.expr | None) -> str | None:
    match annotation:
        case ast.Subscript(value=container, slice=element) if name_of(container) in CONTAINERS:
            return f"each {name_of(element)}"
        case _:
            return name_of(annotation)


CONTAINERS = {"Iterator", "Iterable", "Sequence", "list", "tuple"}
RETURNED = returned_types()


def returns_typed(value: ast.expr, *, each: bool = False) -> bool:
    """Whether every function of the called name returns a TypedDict, or an iterable of them."""
    if not isinstance(value, ast.Call):
        return False
    returned = RETURNED.get(name_of(value.func) or "", set())
    return bool(returned) and returned <= {f"each {name}" if each else name for name in TYPED_DICTS}


def is_typed(value: ast.expr, function: Function | None) -> bool:
    """Whether this test can see that the unpacked value is a TypedDict."""
    if not isinstance(value, ast.Name) or function is None:
        return returns_typed(value)
    annotations = [one for one in annotations_of(value.id, function) if one is not None]
    if annotations:
        return all(name_of(each) in TYPED_DICTS for each in annotations)
    bound = [
        returns_typed(node.value)
        if isinstance(node, ast.Assign)
        else returns_typed(node.iter, each=True)
        for node in ast.walk(function)
        if (isinstance(node, ast.Assign) and name_of(node.targets[0]) == value.id)
        or (isinstance(node, ast.For | ast.comprehension) and name_of(node.target) == value.id)
    ]
    return bool(bound) and all(bound)


def annotations_of(name: str, function: Function) -> list[ast.expr | None]:
    arguments = [*function.args.args, *function.args.kwonlyargs]
    return [one.annotation for one in arguments if one.arg == name] + [
        node.annotation
        for node in ast.walk(function)
        if isinstance(node, ast.AnnAssign) and name_of(node.target) == name
    ]


def untyped(tree: ast.AST, function: Function | None = None) -> list[int]:
    """Lines at which an event is built from a `**` that mypy can't check."""
    lines: list[int] = []
    for node in ast.iter_child_nodes(tree):
        inside = node if isinstance(node, Function) else function
        if isinstance(node, ast.Call) and name_of(node.func) in EVENTS:
            lines += [
                node.lineno
                for keyword in node.keywords
                if keyword.arg is None and not is_typed(keyword.value, function)
            ]
        lines += untyped(node, inside)
    return lines


def test_only_typed_dictionaries_are_unpacked_into_events() -> None:
    found = {str(file.relative_to(ROOT)): untyped(tree) for file, tree in TREES.items()}
    assert {file: lines for file, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "value",
    ["{'vps_id': '1'}", "fields", "self._fields", "state.model_dump()", "some_function()"],
)
def test_a_plain_dictionary_is_found(value: str) -> None:
    text = f"def decide(fields: dict[str, str]):\n    return vps.VpsHeld(**{value}, actor='ada')\n"
    assert untyped(ast.parse(text)) == [2]


class Ids(TypedDict):
    vps_id: str
    subscription_id: str
    location_id: str


def built_without_kind_and_fault(ids: Ids) -> OperationParked:
    """Fails. mypy reports an `ignore` that is not needed, so it must report this call."""
    return OperationParked(**ids, operation_id="1", attempts=3)  # type: ignore[call-arg] # the proof


def test_the_type_checker_looks_for_the_missing_fields() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    assert settings["strict"], "strict reports an ignore that is not needed"
    with pytest.raises(ValidationError, match="2 validation errors"):
        built_without_kind_and_fault({"vps_id": "1", "subscription_id": "1", "location_id": "1"})
