"""Polls the server of an operation after its call, and returns an `Observe` command.

`worker` calls it. `vps.operation.proof` decides what the observation confirms.
"""

from collections.abc import Callable
from datetime import datetime

from slipway.contracts.vps import OperationKind, Spec
from slipway.provisioner.providers.driver import ProviderServer
from slipway.provisioner.providers.registry import ProviderRegistry
from slipway.provisioner.vps.naming import ExternalName
from slipway.provisioner.vps.operation.observation import PATIENCE, Observe, ServerObservation
from slipway.provisioner.vps.operation.state import Operation, Watching
from slipway.provisioner.vps.state import ActionStatus, Power, Vps
from slipway.provisioner.worker.provider_call import ProviderCaller

_SHORTEST_PACE_SECONDS = 1.0
_LONGEST_PACE_SECONDS = 5.0


class Observer:
    def __init__(
        self,
        providers: ProviderRegistry,
        caller: ProviderCaller,
        clock: Callable[[], datetime],
        random: Callable[[], float],
    ) -> None:
        self._providers = providers
        self._caller = caller
        self._clock = clock
        self._random = random

    async def observe(
        self, state: Vps, operation: Operation, spec: Spec, sentinel: str | None
    ) -> Observe | None:
        """Returns the observation as an `Observe` command.

        Returns None if the server is still changing. Raises ProviderProblem.
        """
        driver, named = self._providers.driver_of(spec), self._caller.name_of(state, operation)
        if state.server is not None:
            id_ = state.server.provider_id
            if self._has_time(operation) and await self._providers.is_changing(spec, id_):
                return None
            server = await driver.get(id_)
        else:
            server = await self._caller.find(spec, named)
        # The sentinel is read last, so it shows which account answered the read before it (H5).
        proven = server is not None or (
            sentinel is not None and await driver.has_sentinel(sentinel)
        )
        actions = ActionStatus.RUNNING
        if server is not None and _is_undecided(operation, server):
            phase = operation.phase
            action_ids = phase.action_ids if isinstance(phase, Watching) else ()
            actions = await driver.action_status(action_ids)
        return Observe(
            now=self._clock(),
            server=None if server is None else _observation(server, named),
            account_proven=proven,
            actions=actions,
            settle=driver.settle,
            jitter=self._random(),
        )

    def _has_time(self, operation: Operation) -> bool:
        """Returns whether the call is recent. After `PATIENCE`, the server is always read by id."""
        phase = operation.phase
        if not isinstance(phase, Watching):
            return False
        return self._clock() - phase.since <= PATIENCE[operation.kind]


def pace_seconds(operation: Operation, now: datetime) -> float:
    """Returns the pause before the next poll, which grows with the age of the call.

    A boot of 20 s takes about ten polls.
    """
    phase = operation.phase
    age = (now - phase.since).total_seconds() if isinstance(phase, Watching) else 0.0
    return min(max(age / 3, _SHORTEST_PACE_SECONDS), _LONGEST_PACE_SECONDS)


def _is_undecided(operation: Operation, server: ProviderServer) -> bool:
    """Returns whether the server is not changing and not in the intended state.

    Only then is the status of the provider's actions read, because it costs a request.
    """
    if operation.discarding or operation.kind is OperationKind.DELETE:
        return server.alive
    aim = Power.OFF if operation.kind is OperationKind.SUSPEND else Power.ON
    return server.power is not Power.UNKNOWN and server.power is not aim


def _observation(server: ProviderServer, named: ExternalName) -> ServerObservation:
    return ServerObservation(
        provider_id=server.provider_id,
        ours=server.carries(named.labels),
        alive=server.alive,
        power=server.power,
        ipv4=server.ipv4,
        ipv6=server.ipv6,
        region=server.region,
    )
