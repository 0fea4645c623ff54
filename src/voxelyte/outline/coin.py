"""Outlines by the name of a coin cell.

What is standard: IEC 60086 names fix the can alone, so a CR2032 is 20.0 mm wide and 3.2 mm high outside. What is
practice: the discs that are punched for it, which every lab chooses for itself. No standard gives the can's inner
diameter either: measure your cases before you trust a disc of 19 mm to them.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from voxelyte.outline.round import DiscOutline, RoundOutline


class Practice(NamedTuple):
    """A disc that goes into the cell, and who says so."""

    diameter_um: float
    where: str


CAN_UM = {"CR2016": (20_000.0, 1_600.0), "CR2025": (20_000.0, 2_500.0), "CR2032": (20_000.0, 3_200.0)}
"""Outer diameter and height, as the names say (IEC 60086-3)."""

DISCS = {
    "film": Practice(
        16_000.0, "chosen here: wider than an electrode of 15 mm on all sides, narrower than the can by 4 mm"
    ),
    "electrode": Practice(
        15_000.0, "punches of the University of Washington's and of Landt Instruments' guides to coin cells"
    ),
    "separator": Practice(19_000.0, "Landt Instruments, How To Make Coin Cells: 19 mm for the separator"),
}
"""For any of the three cans, which differ in height alone. The University of Washington's guide has 19 mm for the
anode and 20 mm for the separator."""


class CoinOutline(RoundOutline):
    """The disc that is punched for a coin cell: `preset` is the cell, `part` what the disc is in it."""

    shape: Literal["coin"] = "coin"
    preset: Literal["CR2016", "CR2025", "CR2032"]
    part: Literal["film", "electrode", "separator"] = "film"

    @property
    def across_um(self) -> float:
        """Diameter of the disc."""
        return DISCS[self.part].diameter_um

    @property
    def notes(self) -> tuple[str, ...]:
        """Where the size is from."""
        across_mm, (can_um, high_um) = self.across_um / 1000, CAN_UM[self.preset]
        size = f"a disc of {across_mm:g} mm as {self.part} of a {self.preset}"
        can = f"standard is only the can, {can_um / 1000:.1f} x {high_um / 1000:.1f} mm outside (IEC 60086)"
        return (f"{size} is practice ({DISCS[self.part].where}); {can}",)

    def on(self, size_um: tuple[float, float]) -> CoinOutline:
        """The same disc on a plate of any size."""
        return self

    def inset(self, margin_um: float) -> DiscOutline:
        """The disc that lies at least `margin_um` inside. RecipeError where nothing does."""
        return DiscOutline(diameter_um=self.across_um).inset(margin_um)
