"""Single keys from the terminal while a print runs. Nothing at all where stdin is no terminal of ours."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from select import select

MOST_KEYS = 100


@contextmanager
def pressed_keys() -> Iterator[Callable[[], str]]:
    """Within, keys come at once and unseen: the function gives those pressed since its last call. Ctrl-C stays a signal.

    The terminal is as it was again, whatever ends the block.
    """
    terminal = _terminal()
    if terminal is None:
        yield lambda: ""
        return
    import termios
    import tty

    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal, termios.TCSANOW)
    try:
        yield lambda: _waiting(terminal)
    finally:
        # A job that was sent to the background meanwhile would be halted for setting its terminal.
        old = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])
        try:
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, old)


def _terminal() -> int | None:
    """The terminal that this process may read; None on Windows, in a pipe, and in the background."""
    try:
        import termios  # noqa: F401

        terminal = sys.stdin.fileno()
    except (ImportError, OSError, ValueError, AttributeError):  # stdin may be closed, replaced, or None
        return None
    return terminal if _is_ours(terminal) else None


def _waiting(terminal: int) -> str:
    if not (_is_ours(terminal) and select([terminal], [], [], 0)[0]):
        return ""
    return os.read(terminal, MOST_KEYS).decode("ascii", "replace")


def _is_ours(terminal: int) -> bool:
    # Reading a terminal from the background halts the process, and a halted host is a lost one to its machine.
    try:
        return os.isatty(terminal) and os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
