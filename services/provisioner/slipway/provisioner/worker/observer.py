"""Looks at the provider for an operation that waits for its proof, as a command for the decider.

`worker` looks when a watched or doubted attempt is due; `sightings` says what a look proves.
"""

from collections.abc import Callable
from datetime import datetime

from slipway.contracts.vps import OperationKind, Spec
from slipway.provisioner.providers.driver import Called, Server
from slipway.provisioner.providers.registry import Clouds
from slipway.provisioner.vps.observation import PATIENCE, See, Sight
from slipway.provisioner.vps.state import Operation, Outcome, Power, Vps, Watching
from slipway.provisioner.worker.provider_call import Caller

_SHORTEST_PACE_SECONDS = 1.0
_LONGEST_PACE_SECONDS = 5.0


class Looker:
    def __init__(
        self,
        clouds: Clouds,
        caller: Caller,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
    ) -> None:
        self._clouds = clouds
        self._caller = caller
        self._clock = clock
        self._chance = chance

    async def look(
        self, state: Vps, operation: Operation, spec: Spec, sentinel: str | None
    ) -> See | None:
        """None: it is still changing, which proves nothing. Raises CloudProblem."""
        driver, called = self._clouds.of(spec), self._caller.called(state, operation)
        if state.server is not None:
            id_ = state.server.provider_id
            if self._has_time(operation) and await self._clouds.sees_changing(spec, id_):
                return None
            server = await driver.get(id_)
        else:
            server = await self._caller.find(spec, called)
        # Asked after the look: before it, the account may have been another one's still (H5).
        proven = server is not None or (sentinel is not None and await driver.prove(sentinel))
        outcome = Outcome.RUNNING
        if server is not None and _undecided(operation, server):
            phase = operation.phase
            actions = phase.action_ids if isinstance(phase, Watching) else ()
            outcome = await driver.outcome(actions)
        return See(
            now=self._clock(),
            sight=None if server is None else _sight(server, called),
            proven=proven,
            outcome=outcome,
            settle=driver.settle,
            jitter=self._chance(),
        )

    def _has_time(self, operation: Operation) -> bool:
        """What is in doubt or takes too long is looked at by id: that look may prove something."""
        phase = operation.phase
        if not isinstance(phase, Watching):
            return False
        return self._clock() - phase.since <= PATIENCE[operation.kind]


def pace_seconds(operation: Operation, now: datetime) -> float:
    """Soon after the call, then ever later: a boot of 20 s costs some ten looks."""
    phase = operation.phase
    age = (now - phase.since).total_seconds() if isinstance(phase, Watching) else 0.0
    return min(max(age / 3, _SHORTEST_PACE_SECONDS), _LONGEST_PACE_SECONDS)


def _undecided(operation: Operation, server: Server) -> bool:
    """At rest, but not as it is wanted: its actions tell whether that is the end of it.

    While it is changing, and once it shows what was wanted, they are worth no request.
    """
    if operation.discarding or operation.kind is OperationKind.DELETE:
        return server.alive
    wanted = Power.OFF if operation.kind is OperationKind.SUSPEND else Power.ON
    return server.power is not Power.UNKNOWN and server.power is not wanted


def _sight(server: Server, called: Called) -> Sight:
    return Sight(
        provider_id=server.provider_id,
        ours=server.carries(called.labels),
        alive=server.alive,
        power=server.power,
        ipv4=server.ipv4,
        ipv6=server.ipv6,
        region=server.region,
    )
