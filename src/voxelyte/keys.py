"""Key files: what a host and a machine both know, so that nobody else gets in (docs/stream-protocol.md, section 2.1).

One line: `voxelyte-key-1 `, then the 32 bytes of the key as 64 hexadecimal digits. No message ever holds them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from secrets import token_bytes

from voxelyte.errors import VoxelyteError

KEY_BYTES = 32
MARK = "voxelyte-key-1"
MAX_FILE_BYTES = 1000
_LINE = re.compile(rf"{MARK} ([0-9a-fA-F]{{{2 * KEY_BYTES}}})\r?\n?")
_OWNER_ALONE = 0o600


def new_key(path: str | os.PathLike[str]) -> None:
    """Write a fresh random key that only its owner can read; never over what is there already."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE)
    except FileExistsError:
        raise VoxelyteError(f"key file {os.fspath(path)} is there already and must be a new one") from None
    except OSError as fault:
        raise VoxelyteError(f"key file {os.fspath(path)} cannot be written: {fault.strerror}") from None
    try:
        with os.fdopen(file, "w", encoding="ascii", newline="\n") as text:
            text.write(f"{MARK} {token_bytes(KEY_BYTES).hex()}\n")
            text.flush()
            os.fsync(file)
    except OSError as fault:
        Path(path).unlink(missing_ok=True)
        raise VoxelyteError(f"key file {os.fspath(path)} cannot be written: {fault.strerror}") from None


def read_key(path: str | os.PathLike[str]) -> bytes:
    """The 32 bytes of a key file. On POSIX a file that others than its owner may read is refused."""
    try:
        with Path(path).open("rb") as file:
            others = os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077
            text = file.read(MAX_FILE_BYTES).decode("ascii", "replace")
    except OSError as fault:
        raise VoxelyteError(f"key file {os.fspath(path)} cannot be read: {fault.strerror}") from None
    if others:
        raise VoxelyteError(f"key file {os.fspath(path)} must be its owner's alone: chmod 600 {os.fspath(path)}")
    if not (found := _LINE.fullmatch(text)):
        law = f"must be one line: {MARK}, a space, {2 * KEY_BYTES} hexadecimal digits"
        raise VoxelyteError(f"key file {os.fspath(path)} {law}")
    return bytes.fromhex(found[1])
