"""Why a cost differs: bridges that add up to the cent, timing, volume, payments."""
