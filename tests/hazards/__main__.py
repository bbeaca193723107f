"""`python -m tests.hazards [H9 …]`: takes each rule out of a copy; its hazard's tests must fail.

What is taken out stands in `removals/<member>.yaml`. The working tree is not touched. A rule whose
tests still pass has no test: exit code 1.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
_PATIENCE_SECONDS = 300


@dataclass(frozen=True)
class Removal:
    hazard: str
    rule: str
    member: str
    file: str
    out: str
    instead: str
    tests: tuple[str, ...]

    @property
    def source(self) -> Path:
        return ROOT / self.member / "slipway" / Path(self.member).name / self.file


def removals() -> Iterator[Removal]:
    for listed in sorted((HERE / "removals").glob("*.yaml")):
        found = yaml.safe_load(listed.read_text())
        for one in found["removals"]:
            own = HERE.glob(f"test_{one['hazard'].lower()[0]}{int(one['hazard'][1:]):02d}_*.py")
            tests = one.get("tests") or sorted(str(file.relative_to(ROOT)) for file in own)
            yield Removal(
                hazard=one["hazard"],
                rule=one["rule"],
                member=found["member"],
                file=one["file"],
                out=one["out"],
                instead=one.get("in", ""),
                tests=tuple(tests),
            )


def failing_without(removal: Removal) -> list[str]:
    """The tests that fail once the rule is out. Raises LookupError where it isn't there."""
    text = removal.source.read_text()
    if text.count(removal.out) != 1:
        raise LookupError(f"{removal.file} holds it {text.count(removal.out)} times, not once")
    with tempfile.TemporaryDirectory() as folder:
        # Found before the installed one: a namespace package takes the first that has the room.
        room = Path(folder) / "slipway" / Path(removal.member).name
        shutil.copytree(removal.source.parents[len(Path(removal.file).parts) - 1], room)
        (room / removal.file).write_text(text.replace(removal.out, removal.instead))
        path = os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")])
        ran = subprocess.run(  # noqa: S603 - our own tests
            [sys.executable, "-m", "pytest", "-qx", "-rfE", "--tb=no", *removal.tests],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    return re.findall(r"^(?:FAILED|ERROR) \S+?::(\w+)", ran.stdout, re.MULTILINE)


def main(asked: list[str]) -> int:
    unheld = 0
    for removal in removals():
        if asked and removal.hazard not in asked:
            continue
        try:
            failed = failing_without(removal)
        except (LookupError, subprocess.TimeoutExpired) as error:
            failed, said = [], f"{type(error).__name__}: {error}"
        else:
            said = ", ".join(failed) or "NO TEST FAILS"
        unheld += not failed
        print(f"{removal.hazard}  {removal.rule}\n    {said}", flush=True)
    print(f"{unheld} without a test that fails")
    return int(unheld > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
