"""`python -m chaos FIRST COUNT`: prints of these seeds, and their figures; the story of each that fails. With COUNT 1: its story."""

from __future__ import annotations

import sys

from chaos.batch import FailedError, figures, print_of, printed
from chaos.user import QUICK
from chaos.world import Result

for module, name, value in QUICK:
    setattr(module, name, value)
first, count = int(sys.argv[1]), int(sys.argv[2])
real = sys.argv[3:] == ["real"]
if count == 1:
    result = print_of(first, real)
    print("\n".join(result.notes))  # noqa: T201
else:
    ended = list(printed((first + n, real) for n in range(count)))
    print(*[one for one in ended if isinstance(one, FailedError)], sep="\n\n")  # noqa: T201
    print(figures([one for one in ended if isinstance(one, Result)]))  # noqa: T201
