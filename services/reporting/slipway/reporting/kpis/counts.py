"""The sums of all counters in the time buckets of a window."""

from collections.abc import Iterable, Mapping
from typing import Any


class Counts:
    """Counters with dotted names, summed over any number of time buckets.

    A missing counter is 0.
    """

    def __init__(self, buckets: Iterable[Mapping[str, Any]] = ()) -> None:
        self._tree: dict[str, Any] = {}
        for bucket in buckets:
            _merge(self._tree, bucket)

    def of(self, *names: str) -> int:
        """Returns the sum of the named counters, for example `tasks.decided.create`."""
        return sum(value for value in map(self._at, names) if isinstance(value, int))

    def under(self, name: str) -> dict[str, int]:
        """Returns the non-zero counters below a name, for example each cause of `tasks.causes`."""
        branch = self._at(name)
        if not isinstance(branch, Mapping):
            return {}
        return {key: value for key, value in branch.items() if isinstance(value, int) and value}

    def total(self, name: str) -> int:
        return sum(self.under(name).values())

    def _at(self, name: str) -> Any:
        found: Any = self._tree
        for part in name.split("."):
            if not isinstance(found, Mapping):
                return None
            found = found.get(part)
        return found


def _merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, Mapping):
            _merge(into.setdefault(key, {}), value)
        else:
            into[key] = into.get(key, 0) + value
