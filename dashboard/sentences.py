"""Findings in words, as the packs say them too: `pipelines.wording.sentences`."""

from pipelines.wording.sentences import (
    SUBJECTS,
    known,
    money_note,
    second_line,
    sentence,
    sentence_here,
)

__all__ = ["SUBJECTS", "known", "money_note", "second_line", "sentence", "sentence_here"]
