"""How much memory a script needs in a process of its own.

Linux hands the greatest size of a process on to its children (`ru_maxrss` survives exec); `VmHWM` begins anew with each program.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TELL = """
try:
    with open("/proc/self/status") as status:
        print(next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024)
except OSError:
    import resource
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def peak_bytes(script: str, *words: str | Path) -> int:
    """The most that it held at once, in bytes."""
    command = [sys.executable, "-c", script + TELL, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    return int(done.stdout.split()[-1])
