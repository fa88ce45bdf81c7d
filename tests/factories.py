"""Rows for tests, made with as little as each needs."""

import datetime as dt
import hashlib

import factory
from factory.django import DjangoModelFactory

from digests.models import Candidate, Digest, Entry, Section, Subscriber, Subscription
from tracker.models import Author, Authorship, Category, Paper


class PaperFactory(DjangoModelFactory):
    class Meta:
        model = Paper
        skip_postgeneration_save = True

    arxiv_id = factory.Sequence(lambda n: f"2311.{10000 + n}")
    title = factory.Sequence(lambda n: f"A study of language models, part {n}")
    abstract = "We study language models. They predict text well. Our benchmark shows where they fail."
    primary_category = "cs.CL"
    submitted_at = dt.datetime(2023, 11, 20, 12, tzinfo=dt.UTC)
    updated_at = factory.SelfAttribute("submitted_at")
    announced_on = dt.date(2023, 11, 21)
    announced_by = Paper.AnnouncedBy.LISTING
    changed_at = dt.datetime(2023, 11, 21, tzinfo=dt.UTC)
    text_hash = factory.LazyAttribute(lambda p: hashlib.sha256(f"{p.title}\n{p.abstract}".encode()).hexdigest())

    @factory.post_generation
    def authors(self, create, names, **kwargs):
        for position, name in enumerate(names or ["Ada Lovelace", "Alan Turing"]):
            author, _ = Author.objects.get_or_create(name=name)
            Authorship.objects.create(paper=self, author=author, position=position)

    @factory.post_generation
    def categories(self, create, codes, **kwargs):
        for code in codes or [self.primary_category]:
            self.categories.add(Category.objects.get_or_create(code=code)[0])


class DigestFactory(DjangoModelFactory):
    """A draft of 2023-W47; pass `series`."""

    class Meta:
        model = Digest

    week_start = dt.date(2023, 11, 20)
    headline = "Top Important LLM Papers for the Week from 20/11 to 26/11"
    subtitle = "Stay Updated with Recent Large Language Models Research"
    intro = "The first paragraph.\n\nThe second paragraph."
    sign_off = "Until next week."


class SectionFactory(DjangoModelFactory):
    """Pass `digest` and, where it matters, `topic`."""

    class Meta:
        model = Section

    title = factory.Sequence(lambda n: f"Section {n}")
    position = factory.Sequence(lambda n: n)


class EntryFactory(DjangoModelFactory):
    """Pass `section`."""

    class Meta:
        model = Entry

    digest = factory.SelfAttribute("section.digest")
    paper = factory.SubFactory(PaperFactory)
    position = factory.Sequence(lambda n: n)
    draft_summary = "The machine's draft."
    summary = "The editor's summary."


class CandidateFactory(DjangoModelFactory):
    """Pass `digest`."""

    class Meta:
        model = Candidate

    paper = factory.SubFactory(PaperFactory)
    importance = 0.5
    model_name = "test"


class SubscriberFactory(DjangoModelFactory):
    """A confirmed subscriber; `series` and `topics` subscribe it."""

    class Meta:
        model = Subscriber
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"reader{n}@example.org")
    state = Subscriber.State.CONFIRMED
    consent_at = dt.datetime(2023, 11, 1, tzinfo=dt.UTC)
    confirmed_at = dt.datetime(2023, 11, 1, tzinfo=dt.UTC)

    @factory.post_generation
    def series(self, create, series, **kwargs):
        if series is not None:
            subscription = Subscription.objects.create(
                subscriber=self, series=series, **{name: value for name, value in kwargs.items() if name != "topics"}
            )
            subscription.topics.set(kwargs.get("topics", []))
