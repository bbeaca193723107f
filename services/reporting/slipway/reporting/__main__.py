"""`python -m slipway.reporting` serves; `invite <mail>` prints a link, `key <name>` an API key."""

import argparse
import asyncio
import sys

from slipway.reporting.okrs import OkrsUnreadable
from slipway.reporting.ports import By, Role
from slipway.reporting.settings import Settings
from slipway.reporting.wiring import accounts_for_command_line, wired
from slipway.telemetry import logs, traces
from slipway.telemetry.settings import describe, load

_HERE = By("command line")


def main() -> None:
    asked = _parser().parse_args()
    settings = load(Settings)
    logs.configure("reporting", settings.log_level)
    traces.configure("reporting", settings.otlp_url, settings.traces_file)
    try:
        match asked.what:
            case "invite":
                print(asyncio.run(_invite(settings, asked.mail, asked.role)))
            case "key":
                print(asyncio.run(_key(settings, asked.name, asked.role)))
            case _:
                asyncio.run(_serve(settings))
    except OkrsUnreadable as error:
        sys.exit(f"SLIPWAY_REPORTING_OKRS: {error}")
    except KeyboardInterrupt:
        pass


def _parser() -> argparse.ArgumentParser:
    roles = [role.name.lower() for role in Role]
    parser = argparse.ArgumentParser(
        prog="python -m slipway.reporting",
        description="Projections, KPIs, OKRs, the API and the portal.",
        epilog=describe(Settings),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="what")
    invite = commands.add_parser("invite", help="print a one-time link that lets somebody in")
    invite.add_argument("mail")
    invite.add_argument("--role", choices=roles, default="admin")
    key = commands.add_parser("key", help="print a new API key (it replaces one of that name)")
    key.add_argument("name")
    key.add_argument("--role", choices=roles, default="viewer")
    return parser


async def _serve(settings: Settings) -> None:
    await wired(settings).serve()


async def _invite(settings: Settings, mail: str, role: str) -> str:
    accounts = accounts_for_command_line(settings)
    token = await accounts.invite(mail, Role.named(role), _HERE)
    return f"{settings.reporting_public_url.rstrip('/')}/invite/{token}"


async def _key(settings: Settings, name: str, role: str) -> str:
    accounts = accounts_for_command_line(settings)
    return await accounts.make_key(name, Role.named(role), _HERE)


if __name__ == "__main__":
    main()
