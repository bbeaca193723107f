"""`python -m slipway.simulators` prints addresses that work, and ends at Ctrl-C."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import httpx

COMMAND = (sys.executable, "-m", "slipway.simulators")


def environment(**settings: str) -> dict[str, str]:
    free = {"SLIPWAY_SIM_PORT": "0", "SLIPWAY_SIM_SMTP_PORT": "0"}
    return {**os.environ, **free, **settings}


async def test_it_prints_its_addresses_as_json_and_ends_at_an_interrupt() -> None:
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--json", env=environment(), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    printed = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
    environment_of_services = printed["environment"]
    ((location, token),) = json.loads(environment_of_services["SLIPWAY_INGEST_LOCATIONS"]).items()
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(printed["page"])).status_code == 200
        answer = await client.get(
            f"{environment_of_services['SLIPWAY_INGEST_GHL_URL']}/payments/subscriptions",
            params={"altId": location, "altType": "location"},
            headers={"Authorization": f"Bearer {token}", "Version": "2021-07-28"},
        )
        assert answer.json() == {"data": [], "totalCount": 0}
        key = (await client.get(f"{printed['page']}/_sim/ghl/public-key")).text
        assert environment_of_services["SLIPWAY_INGEST_GHL_PUBLIC_KEYS"] == key
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 15) == 0


async def test_help_names_every_variable() -> None:
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--help", stdout=asyncio.subprocess.PIPE
    )
    printed = (await process.communicate())[0].decode()
    assert process.returncode == 0
    for name in ("PORT", "SEED", "WEBHOOK_URL", "RETRY_POLICY", "KILL_URL"):
        assert f"SLIPWAY_SIM_{name}" in printed


async def test_a_wrong_setting_is_named_with_its_valid_values(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        env=environment(SLIPWAY_SIM_RETRY_POLICY="D"),
        cwd=tmp_path,
        stderr=asyncio.subprocess.PIPE,
    )
    printed = (await process.communicate())[1].decode()
    assert process.returncode == 2
    assert "SLIPWAY_SIM_RETRY_POLICY" in printed
