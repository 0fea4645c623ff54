"""Which answer belongs to which request: one each, in the order of the requests (docs/stream-protocol.md section 1)."""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

from voxelyte.drivers._answers import To
from voxelyte.drivers._said import read
from voxelyte.errors import PrinterConfused

_ANSWERS_TO = {
    "HELLO": ("WELCOME", "CHALLENGE"), "AUTH": ("WELCOME",), "PING": ("PONG",), "REPORT": ("REPORT",),
    "RESUME": ("RESUMED",), "HISTORY": ("HISTORY",),
}  # fmt: skip
_GREETINGS = ("WELCOME", "CHALLENGE")
"""They have no `to`: nothing else is under way when they come."""


class Question(NamedTuple):
    """A request that was sent."""

    sequence: int
    name: str
    wanted: bool
    """Somebody waits for the answer. Nobody does for a PING of the keep-alive; a mask's DATA is answered at its end."""

    @property
    def may_stay_unanswered(self) -> bool:
        """A piece of a mask that is not its last: only a refusal answers it."""
        return self.name == "DATA" and not self.wanted


class Asked:
    """The requests that are not answered yet. An answer that is not the next one's is PrinterConfused."""

    def __init__(self) -> None:
        self._open: deque[Question] = deque()

    def sent(self, question: Question) -> None:
        """A request goes out."""
        self._open.append(question)

    def answered_by(self, name: str, said: dict[str, Any]) -> Question:
        """The request that the answer `name` belongs to."""
        first = self._open[0].sequence if self._open else 0
        to = first if name in _GREETINGS else read(To, name, said).to
        while self._open and self._open[0].sequence != to and self._open[0].may_stay_unanswered:
            self._open.popleft()
        if not self._open:
            raise PrinterConfused(f"{name} answers request to={to}, but nothing was asked")
        question = self._open[0]
        if question.sequence != to:
            raise PrinterConfused(f"{name} answers request to={to}, but the next answer is due to {question.sequence}")
        if name not in (*_ANSWERS_TO.get(question.name, ("OK",)), "REFUSED"):
            raise PrinterConfused(f"{name} is no answer to {question.name}")
        return self._open.popleft()
