"""The steps from a file to the record: read, match, conform, check, load; `run` orders them."""
