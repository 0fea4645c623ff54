"""How a host and a machine prove to each other that they hold the same key: docs/stream-protocol.md, section 2.1.

HMAC-SHA-256 of the standard library, and nothing of our own beyond what goes into it. The key itself never travels; the
nonces make every session's key another one; the words keep a proof of one side from being sent back as the other's.
"""

from __future__ import annotations

from dataclasses import dataclass
from hmac import digest
from secrets import compare_digest, token_bytes
from typing import Any

from voxelyte.machine.refusals import Refused

NONCE_BYTES = MAC_BYTES = 32
FROM_HOST, FROM_MACHINE = b"H", b"M"


@dataclass(frozen=True)
class Challenge:
    """One question to one host."""

    key: bytes
    host_nonce: bytes
    nonce: bytes

    @property
    def keys(self) -> dict[str, Any]:
        """The payload of CHALLENGE: the machine's own proof comes with its question."""
        return {"nonce": self.nonce.hex(), "proof": self._hmac(b"voxelyte machine").hex()}

    def session_key(self, proof: str) -> bytes:
        """What authenticates the session's frames, if `proof` is right; else Refused `key`."""
        if not compare_digest(bytes.fromhex(proof), self._hmac(b"voxelyte host")):
            raise Refused("key", "proof is not that of this machine's key")
        return self._hmac(b"voxelyte session")

    def _hmac(self, word: bytes) -> bytes:
        return digest(self.key, word + self.host_nonce + self.nonce, "sha256")


def challenge(key: bytes, host_nonce: str) -> Challenge:
    """A fresh question to the host that said `host_nonce` (hex)."""
    return Challenge(key, bytes.fromhex(host_nonce), token_bytes(NONCE_BYTES))


def mac(session_key: bytes, direction: bytes, frame: bytes) -> bytes:
    """The MAC of a frame: its header, whose sequence number lets nothing be replayed or reordered, and its payload."""
    return digest(session_key, direction + frame, "sha256")
