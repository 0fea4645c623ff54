"""How the machine says no, and what ends a session."""

from __future__ import annotations


class Refused(Exception):
    """A request is refused: a code of section 5 and the machine's own words. It changed nothing."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Fatal(Exception):
    """The session is over with a FAULT: its code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Damaged(Fatal):
    """The link is damaged: `corrupt-frame` or `sequence`."""


class MachineTrouble(Fatal):
    """The machine's own trouble."""

    def __init__(self, message: str) -> None:
        super().__init__("machine", message)


class LinkLost(Exception):
    """The other end is gone, or takes nothing any more."""


class Cut(Exception):
    """The print was cut short; every wait and the lamp raise it from then on."""


class Abandoned(Exception):
    """No host came back in time: the print ends, and the film leaves the vat."""
