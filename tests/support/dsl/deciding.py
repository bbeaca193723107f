"""given(decider, events).when(command).then(events): the form of a decider's tests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from slipway.contracts.envelope import Event
from slipway.eventstore.decider import Decider


@dataclass(frozen=True)
class Decided:
    before: tuple[Event, ...]
    events: tuple[Event, ...]
    decider: Decider[Any, Any]

    @property
    def state(self) -> Any:
        return self.decider.fold((*self.before, *self.events))

    def then(self, *expected: Event) -> "Decided":
        assert self.events == expected
        return self

    def then_nothing(self) -> "Decided":
        return self.then()

    def then_types(self, *expected: type[Event]) -> "Decided":
        assert tuple(type(event) for event in self.events) == expected
        return self

    def and_state(self, check: Callable[[Any], bool]) -> "Decided":
        assert check(self.state)
        return self


@dataclass(frozen=True)
class Given:
    decider: Decider[Any, Any]
    events: tuple[Event, ...]

    def when(self, command: Any) -> Decided:
        state = self.decider.fold(self.events)
        return Decided(self.events, tuple(self.decider.decide(command, state)), self.decider)

    def after(self, commands: Sequence[Any]) -> "Given":
        """Adds the events that these commands lead to."""
        events = self.events
        for command in commands:
            events += self.when_folded(events, command)
        return Given(self.decider, events)

    def when_folded(self, events: tuple[Event, ...], command: Any) -> tuple[Event, ...]:
        return tuple(self.decider.decide(command, self.decider.fold(events)))


def given(decider: Decider[Any, Any], *events: Event) -> Given:
    return Given(decider, events)
