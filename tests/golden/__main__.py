"""`python -m tests.golden`: writes what is missing, a file per new type, a line per new field.

What stands in a file is what has been published, so it is never changed or removed from here.
"""

import sys

from slipway.contracts.codec import REGISTRY

from tests.support.exampling import example
from tests.support.goldens import read, write


def main() -> None:
    for type_, cls in REGISTRY.items():
        published = read(type_)
        complete = {**example(cls), **published}
        if complete != published:
            write(type_, complete)
            sys.stdout.write(f"{'completed' if published else 'new'}: {type_}\n")


if __name__ == "__main__":
    main()
