"""The whole outside world in one place: GHL, a cloud, Slack, mail, and the ledger over them.

`serving` puts it on a port.
"""

import asyncio
from dataclasses import dataclass, field

from slipway.simulators.cloud import Cloud, CloudSettings, lives
from slipway.simulators.ghl import billed
from slipway.simulators.ghl.billing import Ghl
from slipway.simulators.ghl.settings import GhlSettings
from slipway.simulators.ledger import Judgement, Terms, judge
from slipway.simulators.mail import MailInbox
from slipway.simulators.ports import Clock, Rng, Sleep
from slipway.simulators.slack import Slack


@dataclass(frozen=True)
class WorldSettings:
    ghl: GhlSettings = field(default_factory=GhlSettings)
    cloud: CloudSettings = field(default_factory=CloudSettings)
    terms: Terms = field(default_factory=lambda: Terms(installation="demo"))
    """What the ledger's judge allows."""
    kill_url: str | None = None
    """Where the page's buttons that kill a process call; None: it has none."""


class World:
    def __init__(
        self,
        clock: Clock,
        rng: Rng,
        settings: WorldSettings | None = None,
        *,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.clock = clock
        self.settings = settings or WorldSettings()
        self.ghl = Ghl(clock, rng, self.settings.ghl, sleep=sleep)
        self.cloud = Cloud(clock, rng, self.settings.cloud)
        self.slack = Slack(clock, rng)
        self.mail = MailInbox(clock, rng)

    def judgement(self) -> Judgement:
        """From what GHL billed and the servers that ever existed, and from nothing else."""
        self.cloud.settle()
        return judge(
            billed.intervals(self.ghl.books),
            lives(self.cloud.servers.values()),
            now=self.clock(),
            terms=self.settings.terms,
        )

    async def close(self) -> None:
        await self.ghl.close()
