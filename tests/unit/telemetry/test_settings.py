"""A wrong environment is reported by variable and fix, never by its value."""

import importlib
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings
from slipway.telemetry.settings import describe, load, variable

SERVICES = sorted(
    path.name for path in (Path(__file__).parents[3] / "services").iterdir() if path.is_dir()
)
COMMON = {
    "SLIPWAY_KAFKA_URL": "kafka.example:9092",
    "SLIPWAY_MONGODB_URL": "mongodb://mongo.example:27017/?replicaSet=rs0",
}
ENOUGH = {
    "ingest": {
        "SLIPWAY_INGEST_LOCATIONS": '{"loc1": "pit-hunter2hunter2"}',
        "SLIPWAY_INGEST_WORKFLOW_SECRET": "hunter2hunter2hunter2",
    },
    "notifier": {"SLIPWAY_NOTIFIER_SLACK_URL": "https://hooks.example/hunter2"},
    "provisioner": {
        "SLIPWAY_INSTALLATION": "test",
        "SLIPWAY_PROVISIONER_ACCOUNTS": '{"hetzner/main": "hunter2"}',
    },
    "reporting": {"SLIPWAY_REPORTING_SESSION_SECRET": "hunter2hunter2hunter2"},
}
WRONG = [
    ("SLIPWAY_KAFKA_URL", "kafka://u:hunter2@kafka:9092", "host:port"),
    ("SLIPWAY_KAFKA_URL", "", "host:port"),
    ("SLIPWAY_MONGODB_URL", "mongo.example:27017", "mongodb://"),
    ("SLIPWAY_MONGODB_URL", "mongodb://u:hun@ter2@mongo", "%40"),
    ("SLIPWAY_LOG_LEVEL", "hunter2", "'INFO'"),
]


def settings_of(service: str) -> type[BaseSettings]:
    cls: type[BaseSettings] = importlib.import_module(f"slipway.{service}.settings").Settings
    return cls


@pytest.fixture
def enough(service: str, monkeypatch: pytest.MonkeyPatch) -> type[BaseSettings]:
    cls = settings_of(service)
    for name in cls.model_fields:
        monkeypatch.delenv(variable(cls, name), raising=False)
    for name, value in {**COMMON, **ENOUGH[service]}.items():
        monkeypatch.setenv(name, value)
    return cls


def refused(cls: type[BaseSettings], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        load(cls)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "hunter2" not in said
    return said


@pytest.mark.parametrize("service", SERVICES)
def test_required_settings_suffice_and_no_secret_is_printed(enough: type[BaseSettings]) -> None:
    settings = load(enough)
    assert "hunter2" not in f"{settings!r} {settings}"


@pytest.mark.parametrize("service", SERVICES)
def test_each_missing_variable_is_named_with_its_meaning(
    service: str,
    enough: type[BaseSettings],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in (*COMMON, *ENOUGH[service]):
        monkeypatch.delenv(name)
    said = refused(enough, capsys)
    for name, field in enough.model_fields.items():
        assert (variable(enough, name) in said) is field.is_required()
    assert "Kafka's host:port" in said


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(("name", "value", "cure"), WRONG)
def test_a_wrong_value_is_named_with_its_fix(
    enough: type[BaseSettings],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    cure: str,
) -> None:
    monkeypatch.setenv(name, value)
    said = refused(enough, capsys)
    assert name in said
    assert cure in said


@pytest.mark.parametrize("service", SERVICES)
def test_a_wrong_secret_is_not_printed(
    service: str,
    enough: type[BaseSettings],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secrets = {**ENOUGH, "notifier": {"SLIPWAY_NOTIFIER_MAIL": ""}}[service]
    for name in secrets.keys() - {"SLIPWAY_INSTALLATION"}:
        with monkeypatch.context() as for_now:
            for_now.setenv(name, "{hunter2")
            assert name in refused(enough, capsys)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("port", ["0", "65536", "-1", "many"])
def test_an_invalid_port_is_reported_before_the_start(
    service: str,
    enough: type[BaseSettings],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    port: str,
) -> None:
    monkeypatch.setenv(f"SLIPWAY_{service.upper()}_PORT", port)
    assert f"SLIPWAY_{service.upper()}_PORT" in refused(enough, capsys)


@pytest.mark.parametrize("service", SERVICES)
def test_help_lists_every_variable_with_its_meaning_and_no_secret(service: str) -> None:
    cls = settings_of(service)
    listed = describe(cls)
    for name, field in cls.model_fields.items():
        line = next(line for line in listed.splitlines() if f" {variable(cls, name)} " in line)
        assert field.description
        assert field.description in line
        assert ("required" in line) is field.is_required()
