"""Compose starts what there is: each service's command and environment against its settings."""

import importlib.util

import pytest
from pydantic_settings import BaseSettings
from slipway.backing import kafka
from slipway.contracts.topics import MAX_RECORD_BYTES
from slipway.telemetry.settings import variable

from tests.support.builders import compose_file as compose

SERVICES = sorted(path.name for path in (compose.ROOT / "services").iterdir())


def settings_of(service: str) -> type[BaseSettings]:
    cls: type[BaseSettings] = importlib.import_module(f"slipway.{service}.settings").Settings
    return cls


@pytest.fixture
def environment(service: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    ours = compose.environment_of(service)
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(compose.ROOT)
    return ours


@pytest.mark.parametrize("service", SERVICES)
def test_the_command_is_a_module_that_starts(service: str) -> None:
    written = compose.services()[service]
    assert written["command"] == ["python", "-m", f"slipway.{service}"]
    assert written["build"]["args"] == {"SERVICE": service}
    assert importlib.util.find_spec(f"slipway.{service}.__main__") is not None


@pytest.mark.parametrize("service", SERVICES)
def test_each_variable_is_one_that_the_service_reads(
    service: str, environment: dict[str, str]
) -> None:
    cls = settings_of(service)
    assert set(environment) <= {variable(cls, field) for field in cls.model_fields}


@pytest.mark.parametrize("service", SERVICES)
def test_the_environment_suffices_and_is_reachable_from_outside(
    service: str, environment: dict[str, str]
) -> None:
    settings = settings_of(service)().model_dump()
    assert settings["kafka_url"] == environment["SLIPWAY_KAFKA_URL"]
    assert settings[f"{service}_host"] == "0.0.0.0"  # noqa: S104 - inside its container
    port = settings[f"{service}_port"]
    written = compose.services()[service]
    assert written["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f":{port}/health/live" in written["healthcheck"]["test"][-1]


def test_compose_and_the_launcher_run_the_same_kafka_with_the_same_limit() -> None:
    broker = compose.services()["kafka"]
    assert broker["image"] == f"apache/kafka:{kafka.VERSION}"
    assert int(broker["environment"]["KAFKA_MESSAGE_MAX_BYTES"]) > MAX_RECORD_BYTES
    assert broker["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_no_secret_has_a_value_in_the_compose_file() -> None:
    for service in SERVICES:
        for name, value in compose.services()[service]["environment"].items():
            if "SECRET" in name or "TOKEN" in name:
                assert value.startswith("${"), name
