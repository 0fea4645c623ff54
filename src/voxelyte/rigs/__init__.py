"""Rigs: a Z stage on a motion board and a light engine, which together are a machine.

`load_rig("rig.toml")` reads what a rig is made of; `start(rig)` opens it and switches the machine on. The address
`rig://rig.toml` does both within one process (protocol_rig.py), and `voxelyte serve --rig` puts it behind a wire.
"""
