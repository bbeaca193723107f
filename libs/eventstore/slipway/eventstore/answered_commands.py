"""Stores the ids of the commands that a stream has answered, so that none is handled twice (H21).

The states of streams in every service contain these ids.
"""

from dataclasses import dataclass

REMEMBERED = 64
"""The number of ids that are kept. Older ids are dropped, so that a state can't grow forever."""


@dataclass(frozen=True)
class AnsweredCommands:
    ids: tuple[str, ...] = ()

    def __contains__(self, command_id: object) -> bool:
        return command_id in self.ids

    def plus(self, command_id: str) -> "AnsweredCommands":
        return AnsweredCommands((*self.ids, command_id)[-REMEMBERED:])


NONE_ANSWERED = AnsweredCommands()
