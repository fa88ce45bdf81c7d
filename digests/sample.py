"""The bundled sample week: real papers with paraphrased abstracts, and a published digest made of them."""

import json
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from digests.models import Candidate, Digest, Entry, Section, Series, Topic
from digests.summarise import draft_summary
from tracker.errors import GalleyError
from tracker.harvest import harvest_file
from tracker.models import Paper
from tracker.progress import Progress
from tracker.weeks import Week

FOLDER = Path(__file__).with_name("sample_week")
PAPERS = FOLDER / "papers.jsonl"
DIGEST = FOLDER / "digest.json"
SERIES = "llm"
WEEK = Week(2023, 47)


class SampleUnusable(GalleyError):
    """The sample week needs a series or a paper that this installation lacks."""


def load_sample(*, progress: Progress) -> Digest:
    """Store the sample week's papers and publish its digest; returns that week's digest, whoever made it.

    Safe to run twice. A digest of the week that is there already stays as it is, and papers that arXiv's own
    abstract has reached keep it. Raises SampleUnusable, and what `harvest_file` raises.
    """
    series = Series.objects.filter(slug=SERIES).first()
    if series is None:
        raise SampleUnusable(f"The sample week belongs to the series “{SERIES}”, which is gone: add it on the desk.")
    harvest_file(PAPERS, progress=progress)
    return _publish(series, json.loads(DIGEST.read_text(encoding="utf-8")))


@transaction.atomic
def _publish(series: Series, contents: dict[str, Any]) -> Digest:
    digest, created = Digest.objects.get_or_create(
        series=series,
        week_start=WEEK.monday,
        defaults={
            **{field: contents[field] for field in ("headline", "subtitle", "intro", "sign_off")},
            "status": Digest.Status.PUBLISHED,
            "published_at": timezone.now(),
            "sample": True,
        },
    )
    if created:
        topics = {topic.slug: topic for topic in series.topics.all()}
        papers = _papers(contents["sections"])
        for position, part in enumerate(contents["sections"]):
            topic = topics.get(part["topic"])
            section = Section.objects.create(digest=digest, topic=topic, title=part["title"], position=position)
            _fill(section, part["entries"], papers)
        digest.entries.stamp_versions()
    return digest


def _papers(sections: list[dict[str, Any]]) -> dict[str, Paper]:
    """The papers of the sections by arXiv id. Raises SampleUnusable where one was not stored."""
    wanted = [entry["arxiv_id"] for section in sections for entry in section["entries"]]
    papers = {paper.arxiv_id: paper for paper in Paper.objects.filter(arxiv_id__in=wanted)}
    if missing := set(wanted) - papers.keys():
        raise SampleUnusable(f"The sample week lacks {', '.join(sorted(missing))}: restore {PAPERS} and try again.")
    return papers


def _fill(section: Section, entries: list[dict[str, str]], papers: dict[str, Paper]) -> None:
    """Give the section its entries, each with a picked candidate as an editor's choice would leave it."""
    topic: Topic | None = section.topic
    for position, entry in enumerate(entries):
        paper = papers[entry["arxiv_id"]]
        Candidate.objects.create(
            digest=section.digest,
            paper=paper,
            verdict=Candidate.Verdict.PICKED,
            decided_topic=topic,
            decided_at=timezone.now(),
        )
        Entry.objects.create(
            digest=section.digest,
            section=section,
            paper=paper,
            position=position,
            draft_summary=draft_summary(paper.abstract),
            summary=entry["summary"],
        )
