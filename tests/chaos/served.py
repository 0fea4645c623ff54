"""A machine in a process of its own, to be killed: `python -m chaos.served SEED FOLDER LIFE LIMIT`.

What its lamp does is written to a file of its own, in the very thread that switches it, by writes that a SIGKILL cannot lose.
LIMIT is the largest file that the process may write, in bytes, as on a full disk; 0: any.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from chaos.plans import SPEED, drawn
from voxelyte.sim import serve
from voxelyte.sim._lamp import Lamp


class Told:
    """The lamp's switches, and a file that knows of each."""

    def __init__(self, lamp: Lamp, path: Path) -> None:
        self._on, self._off, self._end = lamp.on, lamp.off, lamp._end
        self._lamp, self._file = lamp, os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        lamp.on, lamp._end = self.on, self.end

    def on(self, layer: int, exposure: int, power: float, again: bool = False) -> Any:
        """Light it, then say so."""
        flash = self._on(layer, exposure, power, again)
        self._say({"on": [layer, exposure]})
        return flash

    def end(self) -> None:
        """Darken it, then say so."""
        lit = self._lamp._lit is not None
        self._end()
        if lit and self._lamp._last is not None:
            last = self._lamp._last
            self._say({"off": [last.layer, last.exposure], "on_time_s": last.on_time_s})

    def _say(self, what: dict[str, Any]) -> None:
        os.write(self._file, json.dumps(what).encode() + b"\n")


def main(seed: int, folder: Path, life: int, limit_bytes: int) -> None:
    """Serve until it is killed; its address is in a file once it can be called."""
    plan = drawn(seed, real=True)
    machine = plan.design.start(speed=SPEED, journal=folder / "journal")
    Told(machine.lamp, folder / f"lamp-{life}")
    if limit_bytes:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))

    def announce(text: str) -> None:
        fresh = folder / "address.new"
        fresh.write_text(text)
        fresh.replace(folder / f"address-{life}")

    serve(machine, "pty:" if plan.way == "pty" else "socket://127.0.0.1:0", announce, key=plan.key)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
