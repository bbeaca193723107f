"""Without a Chromium, the browser tests are skipped and one line reports it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("side_by_side", [(), ("-n", "2")], ids=["alone", "side by side"])
def test_without_a_chromium_one_line_reports_the_skipped_tests(
    side_by_side: tuple[str, ...],
) -> None:
    run = subprocess.run(  # noqa: S603 - our own tests
        [sys.executable, "-m", "pytest", "-v", *side_by_side, "tests/browser/test_portal.py"],
        cwd=ROOT,
        env={**os.environ, "PATH": "/nowhere", "SLIPWAY_CHROMIUM": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in run.stdout.splitlines() if "Chromium" in line]
    assert len(lines) == 1
    assert "browser tests were left out" in lines[0]
    assert "::test_" not in run.stdout
