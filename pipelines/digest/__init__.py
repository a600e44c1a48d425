"""The digest: what needs attention and what was restated, to each person, of their own sites."""
