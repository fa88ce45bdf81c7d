"""One digest as a neutral document, which the reader's page and each export format are made from."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

from digests import markdown
from digests.export import wording
from digests.export.citations import Citation, citation_of
from digests.markdown import Blocks, blocks_to_markdown, parse
from digests.markdown.blocks import Paragraph, Text
from digests.models import Digest, Entry, Section
from tracker import tex
from tracker.models import Paper
from tracker.weeks import Week

WORDS_A_MINUTE = 230
_NO_SLUG = re.compile(r"[^\w\- ]")


@dataclass(frozen=True)
class DocumentEntry:
    """One paper of a digest. `title` is TeX; `heading`, `heading_html` and `heading_markdown` show it."""

    number: str  # "1.1"
    title: str
    arxiv_id: str
    url: str
    authors: tuple[str, ...]
    primary_category: str
    announced_on: dt.date | None
    withdrawn: bool
    citation: Citation
    summary: str  # Markdown: the editor's, or in a preview the machine's draft where the editor wrote none
    is_draft_text: bool  # the summary is the machine's draft
    is_paraphrased: bool  # the abstract we hold is the sample week's paraphrase, and the digest isn't the sample's
    corrections: tuple[str, ...] = ()  # what was put right since it was published, a dated sentence each
    newer_version: int | None = None  # the paper's version, where it is newer than the one that was summarised

    @property
    def summary_blocks(self) -> Blocks:
        """What the summary says, which every format is written from."""
        return parse(self.summary)

    @property
    def anchor(self) -> str:
        return self.number

    @property
    def pdf_url(self) -> str:
        return f"https://arxiv.org/pdf/{self.arxiv_id}"

    @property
    def html_url(self) -> str:
        return f"https://arxiv.org/html/{self.arxiv_id}"

    @property
    def notices(self) -> list[str]:
        """What a reader must be told of this entry besides its summary, a sentence each."""
        told = (
            (self.withdrawn, wording.WITHDRAWN_NOTICE),
            (self.is_draft_text, wording.MACHINE_NOTICE),
            (self.is_paraphrased, wording.PARAPHRASE_NOTICE),
        )
        return [*(notice for is_so, notice in told if is_so), *self.corrections]

    @property
    def badges(self) -> list[str]:
        """What has become of the paper or its summary since, in a word or two each."""
        told = (
            (self.withdrawn, "withdrawn"),
            (self.newer_version is not None, f"now v{self.newer_version}"),
            (bool(self.corrections), "corrected"),
        )
        return [badge for is_so, badge in told if is_so]

    @property
    def heading(self) -> str:
        return tex.to_unicode(self.title)

    @property
    def heading_html(self) -> str:
        """Escaped HTML with formulas as MathML, and without links: a heading is itself a link."""
        return tex.to_html(self.title, links=False)

    @property
    def heading_markdown(self) -> str:
        return tex.to_markdown(self.title, links=False)


@dataclass(frozen=True)
class DocumentSection:
    number: int
    title: str
    entries: tuple[DocumentEntry, ...]

    @property
    def anchor(self) -> str:
        """Such as `1-llm-progress--benchmarking`: what Markdown's readers make of the heading `1. LLM Progress & …`."""
        return _NO_SLUG.sub("", f"{self.number}. {self.title}".lower()).replace(" ", "-")


@dataclass(frozen=True)
class Document:
    """A digest with its sections and entries numbered; sections without entries are left out."""

    series_slug: str
    series_name: str
    week: Week
    url: str  # the digest's page
    headline: str
    subtitle: str
    intro: str  # Markdown
    sign_off: str  # Markdown, with the corrections of the digest as a whole behind it
    sections: tuple[DocumentSection, ...]
    is_draft: bool
    is_sample: bool
    published_at: dt.datetime | None

    @property
    def day(self) -> dt.date:
        """The day it carries: of its publication, or of its week's end."""
        return self.published_at.date() if self.published_at else self.week.sunday

    @property
    def intro_blocks(self) -> Blocks:
        return parse(self.intro)

    @property
    def sign_off_blocks(self) -> Blocks:
        return parse(self.sign_off)

    @property
    def contents(self) -> list[tuple[int, str, str]]:
        """The table of contents: number, title and anchor of each section."""
        return [(section.number, section.title, section.anchor) for section in self.sections]

    @property
    def sample_notice(self) -> str:
        """What a reader of the bundled sample must be told; empty for any other digest."""
        return wording.SAMPLE_NOTICE if self.is_sample else ""

    @property
    def minutes(self) -> int:
        """How long it takes to read, at the pace of one who reads on a screen."""
        texts = [self.intro, self.sign_off, *(entry.summary for entry in self.entries)]
        words = sum(len(markdown.to_plain(text).split()) for text in texts)
        return max(1, round(words / WORDS_A_MINUTE))

    @property
    def entries(self) -> Iterator[DocumentEntry]:
        return (entry for section in self.sections for entry in section.entries)


def build_document(digest: Digest) -> Document:
    """The digest as a document. Costs no query where it comes from `Digest.objects.with_contents()`.

    A draft is a preview: all its entries, with the machine's text where the editor has not written yet.
    """
    return Document(
        series_slug=digest.series.slug,
        series_name=digest.series.name,
        week=digest.week,
        url=settings.SITE_URL + digest.get_absolute_url(),
        headline=tex.without_controls(digest.headline),
        subtitle=tex.without_controls(digest.subtitle),
        intro=tex.without_controls(digest.intro),
        sign_off=_sign_off(digest),
        sections=tuple(_sections(digest)),
        is_draft=not digest.is_published,
        is_sample=digest.sample,
        published_at=digest.published_at,
    )


def _sign_off(digest: Digest) -> str:
    told = blocks_to_markdown([Paragraph((Text(sentence),)) for sentence in _corrections(digest, None)])
    return "\n\n".join(part for part in (tex.without_controls(digest.sign_off), told) if part)


def _corrections(digest: Digest, entry: Entry | None) -> tuple[str, ...]:
    """What was put right of the entry, or with None of the digest as a whole. A draft shows no past."""
    key = entry and entry.pk
    made = (one for one in digest.corrections.all() if one.entry_id == key and digest.is_published)
    return tuple(
        wording.CORRECTION.format(day=f"{one.made_at:%-d %B %Y}", told=tex.without_controls(one.told)) for one in made
    )


def _sections(digest: Digest) -> Iterator[DocumentSection]:
    for number, section in enumerate(digest.filled_sections, start=1):
        yield _section(number, section, list(section.entries.all()), digest)


def _section(number: int, section: Section, entries: list[Entry], digest: Digest) -> DocumentSection:
    numbered = (_entry(f"{number}.{place}", entry, entry.paper, digest) for place, entry in enumerate(entries, start=1))
    return DocumentSection(number, tex.without_controls(section.title), tuple(numbered))


def _entry(number: str, entry: Entry, paper: Paper, digest: Digest) -> DocumentEntry:
    return DocumentEntry(
        number=number,
        title=tex.without_controls(entry.heading or paper.title),
        arxiv_id=paper.arxiv_id,
        url=paper.abstract_url,
        authors=tuple(
            tex.without_controls(tex.to_unicode(authorship.author.name)) for authorship in paper.authorships.all()
        ),
        primary_category=paper.primary_category,
        announced_on=paper.announced_on,
        withdrawn=paper.withdrawn,
        citation=citation_of(paper),
        summary=tex.without_controls(entry.summary or entry.draft_summary),
        is_draft_text=not entry.summary,
        is_paraphrased=paper.is_paraphrased and not digest.sample,
        corrections=_corrections(digest, entry),
        newer_version=paper.version if paper.version > (entry.summarised_version or paper.version) else None,
    )
