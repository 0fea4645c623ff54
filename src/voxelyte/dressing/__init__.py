"""Dressing: what a film has beside its features. A frame along its edge, a tab to hold it by, a notch, a label."""

from voxelyte.dressing.dressed import Dressed
from voxelyte.dressing.edge import Frame, Notch, Tab
from voxelyte.dressing.label import Label

__all__ = ["Dressed", "Frame", "Label", "Notch", "Tab"]
