"""The page for operators names the title of every message, so that an admin finds what to do."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from slipway.contracts import deliveries, incidents, vps
from slipway.contracts.deliveries import SilenceCause
from slipway.contracts.envelope import Message
from slipway.contracts.incidents import ProbeAnswered, ProbeFailure
from slipway.contracts.vps import Drift, OperationKind
from slipway.notifier.incidents.rules.result import Symptom
from slipway.notifier.message_text import MessageText
from slipway.notifier.monitoring import text

from tests.unit.notifier.test_rules import SYMPTOMS, results_of

_PAGE = Path(__file__).parents[3] / "docs" / "operations.md"
_TABLE = _PAGE.read_text().partition("## What to do when")[2].partition("\n###")[0]
_ROWS = [
    (title, cause)
    for titles, cause in re.findall(r"^\| ([^|]+) \| `([\w-]+)` \|", _TABLE, re.MULTILINE)
    for title in titles.split(" · ")
]

_VARIANTS: list[tuple[type[Message], Mapping[str, str]]] = [
    *((cls, {}) for cls in SYMPTOMS),
    *((vps.OperationParked, {"kind": kind}) for kind in OperationKind),
    *((incidents.ExpectationMissed, {"kind": kind}) for kind in OperationKind),
    *((vps.VpsDrifted, {"drift": drift}) for drift in Drift),
    *((deliveries.LocationFellSilent, {"cause": cause}) for cause in SilenceCause),
]


@pytest.mark.parametrize(
    ("event", "fields"),
    [pytest.param(*each, id=" ".join([each[0].__name__, *each[1].values()])) for each in _VARIANTS],
)
def test_a_row_of_the_page_has_the_title_and_the_cause(
    event: type[Message], fields: Mapping[str, str]
) -> None:
    [symptom] = [one for one in results_of(event, **fields) if isinstance(one, Symptom)]
    rows = [row for row in _ROWS if _matches(row[0], symptom.title)]
    assert [cause for _, cause in rows] == [symptom.cause]


def _matches(quoted: str, title: str) -> bool:
    """An ellipsis in the page stands for any text."""
    pattern = ".+".join(re.escape(part) for part in quoted.split("…"))
    return re.fullmatch(pattern, title) is not None


_SLOT = datetime(2026, 10, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "message",
    [
        text.heartbeat_missing("ingest", timedelta(minutes=1)),
        text.behind("ingest", timedelta(minutes=1)),
        text.tasks_failing("ingest", ["poll loc1"]),
        text.signatures_refused(21),
        text.webhook_too_large(1),
        *(
            text.portal_down(ProbeAnswered(slot=_SLOT, slot_seconds=30, up=False, failure=failure))
            for failure in ProbeFailure
        ),
    ],
    ids=lambda message: message.title,
)
def test_a_row_of_the_page_has_the_title_of_a_health_problem(message: MessageText) -> None:
    assert [title for title, _ in _ROWS if _matches(title, message.title)] != []
