"""The index of words: which papers hold which, kept beside the papers by whoever stores them.

SQLite keeps it as FTS5, PostgreSQL as `tsvector` under GIN. Both are given the words of `tracker.words` rather than the
text, so both find the same. Besides a paper's own words it holds what was written of the paper elsewhere, which whoever
wrote that hands in by `describe_papers`.
"""

from tracker.fulltext.index import (
    NOTHING,
    Found,
    Lists,
    describe_papers,
    find,
    holding,
    index_missing,
    index_papers,
    matching,
)
from tracker.fulltext.rows import Match

__all__ = [
    "NOTHING",
    "Found",
    "Lists",
    "Match",
    "describe_papers",
    "find",
    "holding",
    "index_missing",
    "index_papers",
    "matching",
]
