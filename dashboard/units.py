"""How a metric's unit is written, as the packs write it too: `pipelines.wording.units`."""

from pipelines.wording.units import unit_of, written

__all__ = ["unit_of", "written"]
