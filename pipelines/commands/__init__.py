"""The commands that are more than a line or two of `rounds`: one module a subject."""
