"""Words and phrases that were replaced by standard terms do not come back (docs/glossary.md)."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAME_THEM = {"CONTRIBUTING.md", "glossary.md"}
"""Pages that name a replaced word on purpose."""
PAGES = [
    page
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.yaml"))
    if page.name not in NAME_THEM
]
ROOMS = ("libs", "services", "simulators", "backing", "demo", "chaos", "benchmarks")
SOURCES = sorted(
    file
    for room in ROOMS
    for file in (ROOT / room).rglob("*")
    if file.suffix in {".py", ".html", ".js"} and "vendor" not in file.parts
)

WORDS = {
    "anew": "again",
    "anybody": "any caller, any operator",
    "beside": "next to, with it",
    "clockwork": "scheduler",
    "desk": "queue, intake, context",
    "doubtful": "outcome unknown",
    "doubting": "verifying",
    "ears": "heartbeat consumer",
    "errand": "next step",
    "errands": "next steps",
    "everybody": "every member, every caller",
    "figure": "KPI, number",
    "figures": "KPIs, numbers",
    "hearing": "inbound activity",
    "looker": "observer",
    "mend": "fix, replace",
    "mended": "fixed, replaced",
    "nobody": "no operator, no other process",
    "obey": "handle",
    "overtake": "supersede",
    "overtaken": "superseded",
    "overtakes": "supersedes",
    "people": "operators, admins, customers",
    "person": "operator, admin, customer, principal",
    "persons": "principals",
    "pulse": "heartbeat publisher",
    "readback": "record lookup",
    "reception": "envelope",
    "rhythm": "expected interval",
    "sighting": "observation",
    "sightings": "observations",
    "somebody": "another process, an operator",
    "unwell": "unhealthy",
    "vital": "health",
    "wish": "desired state, request",
    "wished": "desired, requested",
    "wishes": "requests",
    "wording": "text",
}
"""The replaced word, and what is said instead. Parts of names count: `on_wish`, `WishNoted`."""

PHRASES = {
    "by itself": "on its own, automatically",
    "by themselves": "on their own, automatically",
    "laid to": "attributed to",
    "last resort": "fallback alerts",
    "lays to": "attributes to",
    "let go": "release",
    "line up": "enqueue behind, wait",
    "second key": "deletion confirmation (the nickname stands in the glossary only)",
    "set aside": "dead-lettered, moved to the dead letters",
}

KEPT = ("needing_a_person",)
"""Keys of the JSON last lines. Programs outside the project read them, so they keep their names."""

_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@pytest.mark.parametrize(
    "file", [*SOURCES, *sorted(PAGES)], ids=lambda file: str(file.relative_to(ROOT))
)
def test_no_replaced_word_is_used(file: Path) -> None:
    text = file.read_text()
    for key in KEPT:
        text = text.replace(key, "")
    parts = {part.lower() for part in _PART.findall(text)}
    # A phrase may be broken over two lines of a docstring or a comment.
    flowing = re.sub(r"[\s#]+", " ", text.lower())
    found = {word: instead for word, instead in WORDS.items() if word in parts}
    found |= {
        phrase: instead
        for phrase, instead in PHRASES.items()
        if re.search(rf"\b{phrase}\b", flowing)
    }
    assert found == {}
