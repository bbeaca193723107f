"""One trace across processes that export and processes that do not.

The provider is set once per process, so each case has a process of its own.
"""

import json
import subprocess
import sys
from pathlib import Path

_STRANGER = f"00-{'a' * 32}-{'b' * 16}-00"


def printed(*lines: str) -> list[str]:
    code = "\n".join(["from slipway.telemetry import traces", "from pathlib import Path", *lines])
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    return done.stdout.split()


def test_without_an_exporter_the_ids_still_make_one_trace() -> None:
    outer, inner, below = printed(
        "traces.configure('ingest')",
        "with traces.span('outer'):",
        "    print(traces.current_traceparent())",
        "    with traces.span('inner'):",
        "        print(traces.current_traceparent())",
        f"with traces.span('below', parent={_STRANGER!r}):",
        "    print(traces.current_traceparent())",
    )
    assert outer.split("-")[1] == inner.split("-")[1]
    assert outer.split("-")[2] != inner.split("-")[2]
    assert below.split("-")[1] == "a" * 32


def test_a_process_that_exports_records_also_below_one_that_does_not(tmp_path: Path) -> None:
    file = tmp_path / "traces.jsonl"
    printed(
        f"traces.configure('provisioner', None, Path({str(file)!r}))",
        f"with traces.span('below', parent={_STRANGER!r}):",
        "    pass",
    )
    [line] = file.read_text().splitlines()
    span = json.loads(line)
    assert (span["trace_id"], span["parent_id"]) == ("a" * 32, "b" * 16)
