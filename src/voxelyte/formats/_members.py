"""Named members of an archive, whether it is a zip or a folder, and the masks that they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING

from voxelyte.errors import FormatError
from voxelyte.job import Mask
from voxelyte.png import decode
from voxelyte.printer import Panel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_MEMBERS = 200_000
MAX_TEXT = 2**25
"""Most bytes of a text member: 32 MB hold the manifest of some 80,000 layers."""


def grey_pixels(name: str, data: bytes, panel: Panel) -> NDArray[np.uint8]:
    """Pixels of a member's PNG; a fault names the member."""
    try:
        return decode(data, panel.width_px, panel.height_px)
    except FormatError as fault:
        raise FormatError(f"{name}: {fault}") from None


Decode = Callable[[str, bytes, Panel], "NDArray[np.uint8]"]
"""Name and bytes of a member that holds a mask for a panel, to the mask's pixels."""


class Members:
    """Named members of an archive that is read, and what they hold."""

    @property
    def names(self) -> list[str]:
        """Names of all members, sorted."""
        raise NotImplementedError

    def checksum(self, name: str) -> tuple[int, int]:
        """CRC-32 and size of a member: equal contents have equal ones."""
        raise NotImplementedError

    def read(self, name: str, most: int) -> bytes:
        """All bytes of a member, of which there may be `most`."""
        raise NotImplementedError

    def __contains__(self, name: str) -> bool:
        raise NotImplementedError

    def text(self, name: str) -> str:
        """A member as UTF-8 text."""
        try:
            return self.read(name, MAX_TEXT).decode()
        except UnicodeDecodeError as fault:
            raise FormatError(f"{name}: not UTF-8 at offset {fault.start}") from None

    def png(self, name: str, panel: Panel) -> bytes:
        """A member that holds a mask for `panel`; a PNG needs never be much larger than its pixels."""
        return self.read(name, 4 * panel.width_px * panel.height_px + panel.height_px + 65536)

    def mask(self, name: str, panel: Panel, decode: Decode = grey_pixels) -> Mask:
        """A mask that is read and decoded anew each time its pixels are asked for."""
        return Mask(panel, lambda: decode(name, self.png(name, panel), panel))

    def masks(self, names: Iterable[str], panel: Panel, decode: Decode = grey_pixels) -> Iterator[Mask]:
        """A mask for each name; equal members share one. Only members of equal checksum are read to find out."""
        wanted = list(names)
        counts = Counter(self.checksum(name) for name in set(wanted))
        known: dict[object, Mask] = {}
        for name in wanted:
            alone = counts[self.checksum(name)] == 1
            key = name if alone else sha256(self.png(name, panel)).digest()
            if key not in known:
                known[key] = self.mask(name, panel, decode)
            yield known[key]
