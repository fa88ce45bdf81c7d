"""Each page asked for over and over by one client, within the process: the network doesn't count.

Told of each are the median and the 95th percentile of its times in ms, for how long the processor was busy with it,
which other work on the machine hardly changes, its queries, and its goal. What is in the digests is drawn by a fixed
seed. Vectors are made up, since embedding so many texts would take an hour: they are compared as real ones are, but
say nothing.
"""

import datetime as dt
import random
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client

from digests.api.operations import throttle
from digests.models import Candidate, Digest, Entry, Section, Series
from digests.searchable import describe_all
from tracker.encoder import model_name_of
from tracker.harvest import harvest_file
from tracker.models import Embedding, Paper
from tracker.progress import Silent
from tracker.query import parse_query
from tracker.query_encoder import write_copy
from tracker.search import search
from tracker.vectors import normalise, pack
from tracker.weeks import Week

DIGESTS, ENTRIES, CANDIDATES, ROUNDS = 75, 14, 250, 40
DIMENSION = 384
LIST, PAPER, SEARCH = 50, 15, 150  # goals in ms, at the 95th percentile
QUERIES = (
    "language model",
    "sparse attention cost",
    "chain-of-thought reasoning",
    "retrieval augmented generation",
    "reward model -vision",
    "ti:benchmark agents",
    '"mixture of experts" routing',
    "cat:cs.CL hallucination",
    "how do models learn to use tools",
    "week:2026-W01..2026-W08 diffusion",
)


def main(file: str) -> None:
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    write_copy()
    if not Digest.objects.exists():
        timed("storing the papers", lambda: harvest_file(Path(file), progress=Silent(), should_stop=lambda: False))
        timed("making vectors up", make_vectors)
        timed("making digests", make_digests)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # as it does by itself in time
    print(f"{connection.vendor}: {Paper.objects.count():,} papers, {Digest.objects.count()} digests", flush=True)
    throttle.num_requests = 1_000_000
    measure_pages()
    measure_searches()


def timed(what: str, work: Callable[[], object]) -> None:
    began = time.perf_counter()
    work()
    print(f"{what}: {time.perf_counter() - began:.0f} s", flush=True)


def make_vectors() -> None:
    dice = np.random.default_rng(2023)
    name = model_name_of(settings.ENCODER_MODEL)
    papers = list(Paper.objects.order_by("pk").values_list("pk", "text_hash"))
    for start in range(0, len(papers), 5_000):
        some = papers[start : start + 5_000]
        blobs = pack(normalise(dice.standard_normal((len(some), DIMENSION))))
        Embedding.objects.bulk_create(
            Embedding(paper_id=key, model_name=name, vector=blob, text_hash=text_hash)
            for (key, text_hash), blob in zip(some, blobs, strict=True)
        )


def make_digests() -> None:
    """One for each of the last 75 weeks that announced papers, with two paragraphs on each entry."""
    dice = random.Random(2023)
    series = Series.objects.get(slug="llm")
    topics = list(series.topics.all())
    last = Week.of(Paper.objects.order_by("-announced_on").exclude(announced_on=None)[0].announced_on)
    weeks = [last]
    while len(weeks) < DIGESTS:
        weeks.append(weeks[-1].previous)
    for week in weeks:
        keys = list(Paper.objects.announced_in(week).values_list("pk", flat=True))
        if len(keys) >= ENTRIES:
            make_digest(series, topics, week, dice.sample(keys, min(CANDIDATES, len(keys))))
    describe_all(progress=Silent())


def make_digest(series: Series, topics: list[Any], week: Week, keys: list[int]) -> None:
    published_at = dt.datetime.combine(week.sunday, dt.time(12), dt.UTC)
    digest = Digest.objects.create(
        series=series,
        week_start=week.monday,
        headline=f"Top papers of {week}",
        subtitle="What matters of the week",
        intro="One paragraph.\n\nAnother paragraph, with *emphasis*.",
        status=Digest.Status.PUBLISHED,
        published_at=published_at,
    )
    sections = [
        Section.objects.create(digest=digest, topic=topic, title=topic.name, position=place)
        for place, topic in enumerate(topics)
    ]
    Candidate.objects.bulk_create(
        Candidate(digest=digest, paper_id=key, suggested_topic=topics[place % len(topics)], importance=1 / (1 + place))
        for place, key in enumerate(keys)
    )
    for place, paper in enumerate(Paper.objects.filter(pk__in=keys[:ENTRIES])):
        Entry.objects.bulk_create(
            [
                Entry(
                    digest=digest,
                    section=sections[place % len(sections)],
                    paper=paper,
                    position=place,
                    summary=paper.abstract,
                )
            ]
        )


def measure_pages() -> None:
    """Lists and digests, each time another one, so that no cache makes a page look quicker than it is."""
    dice = random.Random(1)
    digests = [digest.get_absolute_url() for digest in Digest.objects.select_related("series")]
    papers = [f"/papers/{key}/" for key in dice.sample(list(Paper.objects.values_list("arxiv_id", flat=True)), ROUNDS)]
    topics = [f"/llm/topics/{slug}/" for slug in Series.objects.get(slug="llm").topics.values_list("slug", flat=True)]
    api = [f"/api/series/llm/digests/{digest.week}" for digest in Digest.objects.all()]
    told("front page", ["/"], LIST)
    told("archive", ["/llm/archive/"], LIST)
    told("topic", topics, LIST)
    told("digest", digests, LIST)
    told("paper", papers, PAPER)
    told("paper, second time", papers, PAPER)
    told("feed by digest", ["/llm/feeds/digests.atom"], LIST)
    told("feed by paper", ["/llm/feeds/papers.atom"], LIST)
    told("API: papers", [f"/api/papers?page={page}" for page in range(1, ROUNDS)], LIST)
    told("API: digest", api, LIST)


def measure_searches() -> None:
    told("search page", [f"/search/?{urlencode({'q': query})}" for query in QUERIES], SEARCH)
    told("search page, in digests", [f"/search/?{urlencode({'q': query, 'digest': 1})}" for query in QUERIES], SEARCH)
    told(
        "search page, by topic",
        [f"/search/?{urlencode({'q': query, 'topic': 'reasoning'})}" for query in QUERIES],
        SEARCH,
    )
    for text in QUERIES:
        query = parse_query(text)
        told_times(f"words: {text}", [partial(search, query, by_meaning=False)] * 10, None)
        told_times(f"meaning: {text}", [partial(search, query, by_words=False)] * 10, None)
        told_times(f"fused: {text}", [partial(search, query)] * 10, SEARCH)


def told(name: str, addresses: list[str], goal: int) -> None:
    client = Client()

    def visit(address: str) -> None:
        response = client.get(address, SERVER_NAME="localhost")
        assert response.status_code == 200, (address, response.status_code)

    rounds = (addresses * (ROUNDS // len(addresses) + 1))[: max(ROUNDS, len(addresses))]
    told_times(name, [partial(visit, address) for address in rounds], goal)


def told_times(name: str, visits: list[Callable[[], object]], goal: int | None) -> None:
    visits[0]()  # what a process loads once
    times, spent, statements = [], [], 0

    def count(execute: Callable[..., object], *arguments: object) -> object:
        nonlocal statements
        statements += 1
        return execute(*arguments)

    with connection.execute_wrapper(count):
        for visit in visits:
            began, busy = time.perf_counter(), time.process_time()
            visit()
            times.append((time.perf_counter() - began) * 1_000)
            spent.append((time.process_time() - busy) * 1_000)
    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20, method="inclusive")[-1]
    aim = "" if goal is None else f"  goal {goal}{'' if p95 <= goal else ', missed'}"
    print(
        f"{name:45} p50 {p50:6.1f}  p95 {p95:6.1f}  busy {statistics.median(spent):6.1f}"
        f"  queries {statements / len(visits):4.1f}{aim}",
        flush=True,
    )
