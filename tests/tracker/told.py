"""Papers as a source tells them, made up for tests, in the form of `../shared/data`."""

import json
from pathlib import Path


def told(number: int, announced: str = "2026-02-17", **more: object) -> dict:
    """One made-up paper; `number` is the second half of its id."""
    return {
        "id": f"2602.{number:05d}",
        "title": f"On the {number}th language model",
        "abstract": f"We train a language model for the {number}th time. It improves.",
        "authors": ["Ada Lovelace", f"Author No {number}"],
        "categories": ["cs.CL", "cs.AI"] if number % 2 else ["cs.LG"],
        "primary": "cs.CL" if number % 2 else "cs.LG",
        "published": announced,
        "published_kind": "announced",
        "announced": announced,
        **more,
    }


def write_lines(path: Path, *papers: dict | str) -> Path:
    """A JSON Lines file of the papers; a string stands as it is."""
    lines = [paper if isinstance(paper, str) else json.dumps(paper) for paper in papers]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
