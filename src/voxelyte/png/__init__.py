"""PNGs of 8 bits a channel (ISO/IEC 15948): our own writer of three chunks, and a reader of anybody's.

Masks are grey. Archives that want colour get RGB and RGBA; their pixels come back by `decode_colour`.
"""

from voxelyte.png.reading import channels, decode, decode_colour, size
from voxelyte.png.writing import encode

__all__ = ["channels", "decode", "decode_colour", "encode", "size"]
