"""Runs the service: `python -m slipway.reporting`.

With `invite <mail>` it only prints an invitation link, and with `key <name>` a new API key.
"""

import argparse
import asyncio
import sys

from slipway.reporting.access import ChangedBy, Role
from slipway.reporting.okrs import OkrsUnreadable
from slipway.reporting.settings import Settings
from slipway.reporting.wiring import accounts_of, api_keys_of, database_for_command_line, wired
from slipway.telemetry import logs, traces
from slipway.telemetry.settings import describe, load

_COMMAND_LINE = ChangedBy("command line")


def main() -> None:
    arguments = _parser().parse_args()
    settings = load(Settings)
    logs.configure("reporting", settings.log_level)
    traces.configure("reporting", settings.otlp_url, settings.traces_file)
    try:
        match arguments.command:
            case "invite":
                print(asyncio.run(_invite(settings, arguments.mail, arguments.role)))
            case "key":
                print(asyncio.run(_key(settings, arguments.name, arguments.role)))
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
        description="Read models, KPIs, objectives, the API and the portal.",
        epilog=describe(Settings),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command")
    invite = commands.add_parser("invite", help="print an invitation link, which works once")
    invite.add_argument("mail")
    invite.add_argument("--role", choices=roles, default="admin")
    key = commands.add_parser("key", help="print a new API key; it replaces a key of the same name")
    key.add_argument("name")
    key.add_argument("--role", choices=roles, default="viewer")
    return parser


async def _serve(settings: Settings) -> None:
    await wired(settings).serve()


async def _invite(settings: Settings, mail: str, role: str) -> str:
    accounts = accounts_of(settings, database_for_command_line(settings))
    token = await accounts.invite(mail, Role.named(role), _COMMAND_LINE)
    return f"{settings.reporting_public_url.rstrip('/')}/invite/{token}"


async def _key(settings: Settings, name: str, role: str) -> str:
    api_keys = api_keys_of(settings, database_for_command_line(settings))
    return await api_keys.make_key(name, Role.named(role), _COMMAND_LINE)


if __name__ == "__main__":
    main()
