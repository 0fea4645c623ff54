"""Where this user's data lies."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

DATABASE = "runs.sqlite3"


def data_folder(
    environment: Mapping[str, str] = os.environ, platform: str = sys.platform, home: Path | None = None
) -> Path:
    """$VOXELYTE_DATA, else the system's usual place; it need not exist.

    That is `XDG_DATA_HOME/voxelyte` or `~/.local/share/voxelyte` (XDG Base Directory Specification 0.8),
    `~/Library/Application Support/voxelyte` on macOS and `voxelyte` in %LOCALAPPDATA% on Windows.
    """
    if named := environment.get("VOXELYTE_DATA"):
        return Path(named)
    home = Path.home() if home is None else home
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local") / "voxelyte"
    if platform == "darwin":
        return home / "Library" / "Application Support" / "voxelyte"
    shared = environment.get("XDG_DATA_HOME", "")
    # The specification has relative paths ignored.
    return (Path(shared) if shared.startswith("/") else home / ".local" / "share") / "voxelyte"


def database_path() -> Path:
    """The database of all runs of this user."""
    return data_folder() / DATABASE
