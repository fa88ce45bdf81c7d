"""What the API's answers hold."""

import datetime as dt
from typing import Generic, TypeVar

from ninja import Field, Schema

Thing = TypeVar("Thing")


class Problem(Schema):
    """Why a request wasn't answered (RFC 9457)."""

    type: str = "about:blank"
    title: str = Field(description="What kind of problem it is.", examples=["Not Found"])
    status: int = Field(description="The HTTP status again.")
    detail: str = Field("", description="What was wrong with this request, in a sentence.")
    errors: list["Invalid"] = Field([], description="Each parameter that makes no sense.")


class Invalid(Schema):
    parameter: str
    detail: str


class Paged(Schema, Generic[Thing]):
    """Some of a list, and where the others are."""

    count: int = Field(description="How many there are in all.")
    next: str | None = Field(description="The address of the next page; null on the last.")
    previous: str | None = Field(description="The address of the page before; null on the first.")
    results: list[Thing]


class TopicOut(Schema):
    """An editorial section of a series."""

    slug: str
    name: str
    description: str


class SeriesOut(Schema):
    """One publication."""

    slug: str
    name: str
    url: str = Field(description="Its page.")
    categories: list[str] = Field(description="The arXiv categories that it reads.")
    topics: list[TopicOut]


class DigestOut(Schema):
    """One published weekly issue."""

    series: str = Field(description="The slug of its series.")
    week: str = Field(description="Its ISO week.", examples=["2023-W47"])
    headline: str
    subtitle: str
    url: str = Field(description="Its page.")
    published_at: dt.datetime
    paper_count: int


class PaperOut(Schema):
    """What arXiv tells of a paper. Titles and names are in Unicode, without TeX."""

    arxiv_id: str
    title: str
    authors: list[str]
    categories: list[str]
    primary_category: str
    submitted_at: dt.datetime | None
    announced_on: dt.date | None = Field(description="The listing day.")
    version: int
    withdrawn: bool
    url: str = Field(description="Its page here.")
    arxiv_url: str


class FullPaperOut(PaperOut):
    """The same with its longer texts."""

    title_tex: str = Field(description="The title as arXiv gives it.")
    abstract: str = Field(description="As arXiv gives it, TeX and all.")
    comment: str
    journal_ref: str
    doi: str


class EntryOut(Schema):
    """A paper in a digest, with what its editor wrote."""

    number: str = Field(description="Its place, section and paper.", examples=["1.2"])
    series: str
    week: str
    section: str
    heading: str
    summary: str = Field(description="Markdown.")
    summary_html: str
    url: str
    paper: PaperOut


class SectionOut(Schema):
    """A topic's part of one digest."""

    number: int
    title: str
    entries: list[EntryOut]


class FullDigestOut(DigestOut):
    """A digest with all that stands in it."""

    intro: str = Field(description="Markdown.")
    sign_off: str = Field(description="Markdown.")
    sections: list[SectionOut]


class HitOut(Schema):
    """A paper that answers a search, and why."""

    paper: PaperOut
    passage: str = Field(description="Where the abstract or the editor's summary answers best.")
    reasons: list[str]


class AnswerOut(Paged[HitOut]):
    """The best answers to a search, at most 200."""

    total: int = Field(description="How many papers hold the words, of which the best are in this list.")
    notices: list[str] = Field(description="What of the query could not be taken as it was meant.")
    by_meaning: bool = Field(description="Whether meaning was compared too, or words alone.")


class SimilarOut(Schema):
    """A paper near another in meaning, and what the two share."""

    paper: PaperOut
    similarity: float = Field(description="Cosine of their vectors, up to 1.")
    reasons: list[str]
