"""`python -m tests.hazards [H9 …]` removes each rule from a copy; the hazard's tests must fail.

`removals/<member>.yaml` lists the code to remove. The working tree stays unchanged. The exit code
is 1 if the tests still pass without some rule, because then no test covers it.
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
# Most tests that should fail wait for a condition until its deadline is over.
_ENV = {"TEST_PATIENCE_SECONDS": "20"}


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
    """Returns the tests that fail without the rule. Raises LookupError if the code isn't there."""
    text = removal.source.read_text()
    if text.count(removal.out) != 1:
        raise LookupError(f"{removal.file} holds it {text.count(removal.out)} times, not once")
    with tempfile.TemporaryDirectory() as folder:
        # Python finds this copy first, because its folder is first on PYTHONPATH.
        room = Path(folder) / "slipway" / Path(removal.member).name
        shutil.copytree(removal.source.parents[len(Path(removal.file).parts) - 1], room)
        (room / removal.file).write_text(text.replace(removal.out, removal.instead))
        path = os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")])
        ran = subprocess.run(  # noqa: S603 - our own tests
            [sys.executable, "-m", "pytest", "-qx", "-rfE", "--tb=no", *removal.tests],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **_ENV},
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
    print(f"{unheld} rules without a failing test")
    return int(unheld > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
