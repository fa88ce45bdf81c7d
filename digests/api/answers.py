"""Rows as the API tells of them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse

from digests.api.schemas import (
    DigestOut,
    EntryOut,
    FullDigestOut,
    FullPaperOut,
    HitOut,
    PaperOut,
    SectionOut,
    SeriesOut,
    SimilarOut,
    TopicOut,
)
from digests.markdown import to_html
from digests.models import Digest, Entry, Series
from digests.search import Shown
from tracker import tex
from tracker.models import Paper, PaperQuerySet, authors_of
from tracker.search import SimilarPaper


def with_lists(papers: PaperQuerySet) -> PaperQuerySet:
    """With the authors and categories that an answer names."""
    return papers.prefetch_related(authors_of(), "categories")


def papers_by_key(keys: Iterable[int]) -> dict[int, Paper]:
    return with_lists(Paper.objects.all()).in_bulk(list(keys))


def series_out(series: Series) -> SeriesOut:
    return SeriesOut(
        slug=series.slug,
        name=series.name,
        url=_absolute(series.get_absolute_url()),
        categories=list(series.categories),
        topics=[TopicOut(slug=one.slug, name=one.name, description=one.description) for one in series.topics.all()],
    )


def digest_out(digest: Digest) -> DigestOut:
    return DigestOut(**_digest(digest))


def full_digest_out(digest: Digest) -> FullDigestOut:
    filled = digest.filled_sections
    papers = papers_by_key(entry.paper_id for section in filled for entry in section.entries.all())
    sections = [
        SectionOut(
            number=number,
            title=section.title,
            entries=[
                _entry(entry, digest, section.title, f"{number}.{place}", papers[entry.paper_id])
                for place, entry in enumerate(section.entries.all(), start=1)
            ],
        )
        for number, section in enumerate(filled, start=1)
    ]
    return FullDigestOut(**_digest(digest), intro=digest.intro, sign_off=digest.sign_off, sections=sections)


def entries_out(entries: Sequence[Entry]) -> Iterator[EntryOut]:
    """Of entries with their digest, section and number."""
    papers = papers_by_key(entry.paper_id for entry in entries)
    for entry in entries:
        number = f"{entry.section_number}.{entry.entry_number}"  # type: ignore[attr-defined]  # by with_number()
        yield _entry(entry, entry.digest, entry.section.title, number, papers[entry.paper_id])


def paper_out(paper: Paper) -> PaperOut:
    return PaperOut(**_paper(paper))


def full_paper_out(paper: Paper) -> FullPaperOut:
    return FullPaperOut(
        **_paper(paper),
        title_tex=paper.title,
        abstract=paper.abstract,
        comment=paper.comment,
        journal_ref=paper.journal_ref,
        doi=paper.doi,
    )


def hits_out(hits: Sequence[Shown]) -> list[HitOut]:
    papers = papers_by_key(hit.paper.pk for hit in hits)
    return [
        HitOut(
            paper=paper_out(papers[hit.paper.pk]),
            passage="".join(piece.text for piece in hit.passage),
            reasons=hit.reasons,
        )
        for hit in hits
    ]


def similar_out(similar: Sequence[SimilarPaper]) -> list[SimilarOut]:
    papers = papers_by_key(one.paper.pk for one in similar)
    return [
        SimilarOut(paper=paper_out(papers[one.paper.pk]), similarity=round(one.similarity, 4), reasons=one.reasons)
        for one in similar
    ]


def _digest(digest: Digest) -> dict[str, Any]:
    return {
        "series": digest.series.slug,
        "week": str(digest.week),
        "headline": digest.headline,
        "subtitle": digest.subtitle,
        "url": _absolute(digest.get_absolute_url()),
        "published_at": digest.published_at,
        "paper_count": digest.paper_count,  # type: ignore[attr-defined]  # by with_paper_count()
    }


def _entry(entry: Entry, digest: Digest, section: str, number: str, paper: Paper) -> EntryOut:
    return EntryOut(
        number=number,
        series=digest.series.slug,
        week=str(digest.week),
        section=section,
        heading=tex.to_unicode(entry.heading or paper.title),
        summary=entry.summary,
        summary_html=str(to_html(entry.summary)),
        url=f"{_absolute(digest.get_absolute_url())}#{number}",
        paper=paper_out(paper),
    )


def _paper(paper: Paper) -> dict[str, Any]:
    codes = sorted(category.code for category in paper.categories.all())
    return {
        "arxiv_id": paper.arxiv_id,
        "title": tex.to_unicode(paper.title),
        "authors": [tex.to_unicode(authorship.author.name) for authorship in paper.authorships.all()],
        "categories": codes,
        "primary_category": paper.primary_category,
        "submitted_at": paper.submitted_at,
        "announced_on": paper.announced_on,
        "version": paper.version,
        "withdrawn": paper.withdrawn,
        "url": _absolute(reverse("paper", args=[paper.arxiv_id])),
        "arxiv_url": paper.abstract_url,
    }


def _absolute(path: str) -> str:
    return settings.SITE_URL + path
