"""Virtual printers, one a file, written from docs/stream-protocol.md and sharing no code with the driver.

`members.member("sim", "asiga-max").start(speed=60)` switches one on; `serve` puts it behind an address. Within
one process the address `sim://asiga-max` does both (protocol_sim.py).
"""

from voxelyte.machine.serve import serve

__all__ = ["serve"]
