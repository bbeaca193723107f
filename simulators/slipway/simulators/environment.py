"""The whole simulated environment: GHL, a cloud, Slack, mail and the ledger.

The ledger judges Slipway's results. `serving` serves the environment on a port.
"""

import asyncio
from dataclasses import dataclass, field

from slipway.simulators.cloud import Cloud, CloudSettings, lifetimes
from slipway.simulators.ghl.billing import Ghl
from slipway.simulators.ghl.records import billing_periods
from slipway.simulators.ghl.settings import GhlSettings
from slipway.simulators.inboxes.mail import MailInbox
from slipway.simulators.inboxes.slack import Slack
from slipway.simulators.ledger import Judgement, Terms, judge
from slipway.simulators.ports import Clock, RandomSource, Sleep


@dataclass(frozen=True)
class EnvironmentSettings:
    ghl: GhlSettings = field(default_factory=GhlSettings)
    cloud: CloudSettings = field(default_factory=CloudSettings)
    terms: Terms = field(default_factory=lambda: Terms(installation="demo"))
    """The delays that the ledger allows."""
    kill_url: str | None = None
    """The URL that the page's kill buttons call. If it is None, the page has no such buttons."""


class SimulatedEnvironment:
    def __init__(
        self,
        clock: Clock,
        rng: RandomSource,
        settings: EnvironmentSettings | None = None,
        *,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.clock = clock
        self.settings = settings or EnvironmentSettings()
        self.ghl = Ghl(clock, rng, self.settings.ghl, sleep=sleep)
        self.cloud = Cloud(clock, rng, self.settings.cloud)
        self.slack = Slack(clock, rng)
        self.mail = MailInbox(clock, rng)

    def judgement(self) -> Judgement:
        """Returns the ledger's judgement.

        It uses only GHL's billing periods and the servers' lifetimes.
        """
        self.cloud.settle()
        return judge(
            billing_periods.periods(self.ghl.records),
            lifetimes(self.cloud.servers.values()),
            now=self.clock(),
            terms=self.settings.terms,
        )

    async def close(self) -> None:
        await self.ghl.close()
