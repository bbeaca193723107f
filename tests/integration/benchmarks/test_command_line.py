"""`python -m benchmarks` describes its benchmarks and refuses unknown names."""

import pytest
from typer.testing import CliRunner

from benchmarks.__main__ import RUNS, Name, app


def test_every_benchmark_has_a_name_and_a_description() -> None:
    answer = CliRunner().invoke(app, ["--help"])
    assert answer.exit_code == 0
    assert set(RUNS) == set(Name)
    for name in Name:
        assert f"{name}:" in answer.output
    for aim in ("0.7", "1.4", "0.85", "0.6"):
        assert aim in answer.output


@pytest.mark.parametrize("words", [["speed"], ["append", "--rounds", "0"]])
def test_an_unknown_benchmark_is_refused_before_any_server_starts(words: list[str]) -> None:
    answer = CliRunner().invoke(app, words)
    assert answer.exit_code == 2
