"""The commands that a stream has answered: part of a state, so that each command counts once (H21).

Deciders of every service use it.
"""

from dataclasses import dataclass

REMEMBERED = 64
"""Only the latest ids are kept, so that a state does not grow with its history."""


@dataclass(frozen=True)
class AnsweredCommands:
    ids: tuple[str, ...] = ()

    def __contains__(self, command_id: object) -> bool:
        return command_id in self.ids

    def plus(self, command_id: str) -> "AnsweredCommands":
        return AnsweredCommands((*self.ids, command_id)[-REMEMBERED:])


NONE_ANSWERED = AnsweredCommands()
