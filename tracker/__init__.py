"""The corpus: papers from arXiv, their vectors, search. Imports nothing from digests."""
