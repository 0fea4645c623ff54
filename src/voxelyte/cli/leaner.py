"""What a program that soon ends need not do: together a tenth of a second."""

from __future__ import annotations

import atexit
import gc
import os


def start_lean() -> None:
    """Nothing of this changes what is done; the environment's own settings stay."""
    # Plugins of pydantic watch how values are made. To look for them reads what every installed package says of itself.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Garbage in cycles is rare here, and imports make many objects that stay: Python would search them a hundred times.
    gc.set_threshold(10_000)
    # At the end Python searches everything once more, for memory that is handed back anyway.
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)
