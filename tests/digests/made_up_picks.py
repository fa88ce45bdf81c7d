"""A small made-up world of weeks in which a taste can be learnt: picks are of Ada's lab, or about rockets."""

import csv
import datetime as dt
import json
import random
from pathlib import Path

FIRST = dt.date(2025, 9, 1)
LAB = ["Ada Lovelace", "Grace Hopper", "Mary Shelley"]
COMMON = "model data method result study table system paper value test".split()  # noqa: SIM905


def week_of_papers(number: int, count: int = 40) -> list[dict]:
    """The papers of one week, the first eight of which a picker would pick."""
    chance = random.Random(number)
    monday = FIRST + dt.timedelta(weeks=number)
    papers = []
    for place in range(count):
        rockets, ours = place < 5, 3 <= place < 8
        words = chance.choices(COMMON, k=30) + (["rockets", "orbit"] * 3 if rockets else ["bread", "flour"])
        chance.shuffle(words)
        authors = [chance.choice(LAB)] if ours else []
        authors += [f"Person {chance.randrange(10_000)}" for _ in range(3)]
        day = monday + dt.timedelta(days=place % 5)
        papers.append(
            {
                "id": f"{day:%y%m}.{number * 200 + place:05d}",
                "title": f"{'Rockets' if rockets else 'Bread'} and {chance.choice(COMMON)}",
                "abstract": " ".join(words) + ".",
                "authors": authors,
                "categories": ["cs.CL"],
                "primary": "cs.CL",
                "published": day.isoformat(),
                "published_kind": "announced",
                "announced": day.isoformat(),
            }
        )
    return papers


def write_papers(path: Path, weeks: range) -> Path:
    path.write_text("".join(json.dumps(paper) + "\n" for number in weeks for paper in week_of_papers(number)))
    return path


def write_picks(path: Path, weeks: range) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["date", "id", "upvotes_same_day"])
        for number in weeks:
            writer.writerows([paper["announced"], paper["id"], 1] for paper in week_of_papers(number)[:8])
    return path
