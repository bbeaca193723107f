"""`python -m benchmarks` says what it measures, and refuses what it doesn't know."""

import pytest
from typer.testing import CliRunner

from benchmarks.__main__ import RUNS, Name, app


def test_every_bench_that_can_be_named_is_there_and_explained() -> None:
    answer = CliRunner().invoke(app, ["--help"])
    assert answer.exit_code == 0
    assert set(RUNS) == set(Name)
    for name in Name:
        assert f"{name}:" in answer.output
    for aim in ("0.7", "1.4", "0.85", "0.6"):
        assert aim in answer.output


@pytest.mark.parametrize("words", [["speed"], ["append", "--rounds", "0"]])
def test_what_it_does_not_know_is_refused_before_anything_starts(words: list[str]) -> None:
    answer = CliRunner().invoke(app, words)
    assert answer.exit_code == 2
