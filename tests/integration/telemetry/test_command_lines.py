"""Each service started with missing or wrong settings: one clear text, no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SERVICES = ["ingest", "notifier", "provisioner", "reporting"]
WRONG = {
    "SLIPWAY_KAFKA_URL": "kafka://u:hunter2@kafka:9092",
    "SLIPWAY_MONGODB_URL": "mongodb://u:hun@ter2@mongo",
    "SLIPWAY_REPORTING_SESSION_SECRET": "hunter2",
    "SLIPWAY_INGEST_WORKFLOW_SECRET": "hunter2",
    "SLIPWAY_NOTIFIER_MAIL": "hunter2",
    "SLIPWAY_PROVISIONER_ACCOUNTS": '{"hetzner/main": ["hunter2"]}',
    "SLIPWAY_INGEST_LOCATIONS": '{"loc1": ["hunter2"]}',
}
ENOUGH = {
    "SLIPWAY_KAFKA_URL": "127.0.0.1:9",
    "SLIPWAY_MONGODB_URL": "mongodb://127.0.0.1:9",
    "SLIPWAY_INGEST_WORKFLOW_SECRET": "hunter2hunter2hunter2",
    "SLIPWAY_INGEST_LOCATIONS": '{"loc1": "hunter2"}',
    "SLIPWAY_INSTALLATION": "test",
    "SLIPWAY_PROVISIONER_ACCOUNTS": '{"hetzner/main": "hunter2"}',
}


def started(service: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("SLIPWAY_")}
    command = [sys.executable, "-m", f"slipway.{service}", *words]
    ended = subprocess.run(  # noqa: S603 - our own module
        command, env={**bare, **env}, capture_output=True, text=True, timeout=60, check=False
    )
    for said in (ended.stdout, ended.stderr):
        assert "Traceback" not in said
        assert "hunter2" not in said
    return ended


@pytest.mark.parametrize("service", SERVICES)
def test_help_needs_no_settings_and_lists_them(service: str) -> None:
    ended = started(service, "--help")
    assert ended.returncode == 0
    for name in ("SLIPWAY_KAFKA_URL", "SLIPWAY_MONGODB_URL", "SLIPWAY_LOG_LEVEL"):
        assert name in ended.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_wrong_settings_end_it_with_a_line_each(service: str) -> None:
    ended = started(service, **WRONG)
    assert ended.returncode == 2
    lines = [line for line in ended.stderr.splitlines() if line.startswith("  SLIPWAY_")]
    assert len(lines) >= 3
    assert any(service.upper() in line for line in lines)


@pytest.mark.parametrize(
    ("service", "variable"),
    [("ingest", "SLIPWAY_INGEST_PLANS"), ("provisioner", "SLIPWAY_PROVISIONER_SPECS")],
)
@pytest.mark.parametrize("content", [None, b"\xff\xfe{", b"- just\n- a list"])
def test_a_file_that_cannot_be_used_is_named_by_its_variable(
    service: str, variable: str, content: bytes | None, tmp_path: Path
) -> None:
    file = tmp_path / "a.yaml"
    if content is not None:
        file.write_bytes(content)
    ended = started(service, **ENOUGH, **{variable: str(file)})
    assert ended.returncode != 0
    assert variable in ended.stderr
