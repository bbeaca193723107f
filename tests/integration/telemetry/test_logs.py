"""Each line of a log is JSON and says which trace, stream and story it belongs to.

In a process of its own: loggers are made once for a process, for its standard output.
"""

import json
import subprocess
import sys
from typing import Any

import pytest

STORY = """
import asyncio, logging, structlog
from opentelemetry.trace import NonRecordingSpan, SpanContext, use_span
from slipway.eventstore.command_handling import handle
from slipway.eventstore.due_work import DueWork
from slipway.eventstore.memory import MemoryEventStore
from slipway.telemetry import logs
from tests.support.builders.sample_decider import DECIDER, META, Say, ago, now

logs.configure("testing", "INFO")
log = structlog.get_logger("a module")
with use_span(NonRecordingSpan(SpanContext(0xABC, 0xDEF, False))), logs.about("vps-a-1", "story-1"):
    with logs.about(correlation_id="story-2"):
        log.warning("inner", count=2)
    log.warning("outer")
log.info("after")
log.debug("chatter")
logging.getLogger("somebody.else").info("chatter")
logging.getLogger("somebody.else").warning("trouble %s", 7)

async def work():
    store = MemoryEventStore(now)
    await handle(store, DECIDER, "feedback-ada", Say(3, again_at=ago(1)), now=now(), meta=META)
    async def step(claim):
        log.warning("at work")
        raise RuntimeError("a bug")
    due = DueWork(store, "feedback", step, owner="one")
    await due._claim_once()
    await asyncio.gather(*due._running)

asyncio.run(work())
"""


@pytest.fixture(scope="module")
def lines() -> dict[str, dict[str, Any]]:
    ended = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", STORY], capture_output=True, text=True, timeout=60, check=True
    )
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    return {line["event"]: line for line in found}


def test_a_log_line_has_service_level_time_trace_stream_and_correlation_id(
    lines: dict[str, dict[str, Any]],
) -> None:
    inner, outer, after = lines["inner"], lines["outer"], lines["after"]
    assert (inner["service"], inner["level"], inner["count"]) == ("testing", "warning", 2)
    assert (inner["stream"], inner["correlation_id"]) == ("vps-a-1", "story-2")
    assert inner["trace_id"] == f"{0xABC:032x}"
    assert inner["timestamp"].endswith("Z")
    assert outer["correlation_id"] == "story-1"
    assert not {"stream", "correlation_id", "trace_id"} & after.keys()


def test_libraries_log_in_the_same_form_and_only_warnings_and_errors(
    lines: dict[str, dict[str, Any]],
) -> None:
    assert (lines["trouble 7"]["service"], lines["trouble 7"]["level"]) == ("testing", "warning")
    assert "chatter" not in lines


def test_what_a_step_logs_is_about_its_stream(lines: dict[str, dict[str, Any]]) -> None:
    assert lines["at work"]["stream"] == "feedback-ada"
    assert "RuntimeError: a bug" in lines["step failed"]["exception"]
