"""From a file to a number: feeds, profiles, ingest, warehouse, metrics, analysis."""
