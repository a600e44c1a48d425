"""Findings and figures in words: what the pages and the packs say alike."""
