"""Every number, amount and date that a page shows: `pipelines.format`, which the packs use too."""

from pipelines.format import *  # noqa: F403
from pipelines.format import __all__ as __all__
