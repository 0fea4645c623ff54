"""The machine's side of the stream protocol: sessions, the held job, and the one print loop.

Written from docs/stream-protocol.md, and sharing no code with the host's driver. What moves and lights is behind
`hardware.Hardware`: a virtual stage and lamp (`voxelyte.sim`), or a real rig.
"""
