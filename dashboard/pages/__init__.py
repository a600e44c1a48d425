"""The pages, one file each: filters, names of metrics, layout."""
