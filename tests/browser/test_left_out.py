"""Without a Chromium the browser tests are left out, and one line says so."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_without_a_chromium_one_line_says_what_was_left_out() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--collect-only", "tests/browser/test_portal.py"],
        cwd=ROOT,
        env={**os.environ, "PATH": "/nowhere", "SLIPWAY_CHROMIUM": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in run.stdout.splitlines() if "Chromium" in line]
    assert len(said) == 1
    assert "browser tests were left out" in said[0]
    assert "::test_" not in run.stdout
