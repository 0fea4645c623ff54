"""Who knows the key: proofs before a session, and a seal on each of its frames (docs/stream-protocol.md, authentication).

HMAC-SHA-256 (RFC 2104) of Python's standard library, and nothing else.
"""

from __future__ import annotations

import hmac
from typing import Literal

NONCE_BYTES = 32
SEAL_BYTES = 32
Role = Literal["machine", "host", "session"]
Direction = Literal[b"H", b"M"]
OURS: Direction = b"H"
THEIRS: Direction = b"M"


def derived(key: bytes, role: Role, host_nonce: bytes, machine_nonce: bytes) -> bytes:
    """The proof of one side, or the session's own key; all are good for one session alone."""
    return hmac.digest(key, b"voxelyte " + role.encode() + host_nonce + machine_nonce, "sha256")


def seal(session_key: bytes, direction: Direction, header: bytes, payload: bytes) -> bytes:
    """What a frame of the session carries. Its header holds the sequence number, so that it is good for one place alone."""
    return hmac.digest(session_key, direction + header + payload, "sha256")


def same(one: bytes, other: bytes) -> bool:
    """Compared in a time that does not say where they differ."""
    return hmac.compare_digest(one, other)
