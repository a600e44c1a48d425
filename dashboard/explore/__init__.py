"""The page Explore in parts: its state in the address, its answers, its table, chart and rows."""
