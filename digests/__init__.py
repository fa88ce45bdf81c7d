"""The publication: series, topics, candidates, digests, the desk and every page."""
