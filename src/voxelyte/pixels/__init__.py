"""How a panel draws an array of features, and the nearest array that it draws with one pattern.

`pixels_of` gives the figures of a section, `snapped` the array whose every copy lights the same pixels.
"""

from voxelyte.pixels.report import Drawn, PixelReport, pixels_of
from voxelyte.pixels.snap import Snapped, snapped

__all__ = ["Drawn", "PixelReport", "Snapped", "pixels_of", "snapped"]
