"""From a file to a number: feeds, profiles, ingest, warehouse, metrics, analysis."""

import os

# How long Polars' allocator keeps memory that was freed (read when Polars is first imported): its
# own half second has a long file's pages fetched anew for every block, a tenth of a load's time.
os.environ.setdefault(
    "_RJEM_MALLOC_CONF", "background_thread:true,dirty_decay_ms:10000,muzzy_decay_ms:-1"
)
# A piece of a file is small: on one thread it takes a tenth less processor time, and 3 % longer.
os.environ.setdefault("POLARS_MAX_THREADS", "1")
