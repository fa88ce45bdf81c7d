"""The sitemap: every page that holds an editor's words, with the day it last changed."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import Max, QuerySet
from django.urls import reverse

from digests.models import Digest, Series, Topic
from tracker.models import Paper


class _OfThisSite(Sitemap):
    """Addresses begin with `SITE_URL`, whatever host the request came by."""

    limit = 10_000

    @property
    def protocol(self) -> str:  # type: ignore[override]
        return urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: Any = None) -> str:
        return urlsplit(settings.SITE_URL).netloc


class HousePages(_OfThisSite):
    """The pages that there is one of."""

    def items(self) -> Sequence[str]:
        return ["home", "about", "privacy"]

    def location(self, item: str) -> str:
        return reverse(item)


class SeriesPages(_OfThisSite):
    """Each series' front page and archive."""

    def items(self) -> list[tuple[str, str]]:
        return [(name, series.slug) for series in Series.objects.all() for name in ("series", "archive")]

    def location(self, item: tuple[str, str]) -> str:
        return reverse(item[0], args=[item[1]])


class TopicPages(_OfThisSite):
    """Topics under which something was published."""

    def items(self) -> QuerySet[Topic]:
        return Topic.objects.with_published_entries().select_related("series").order_by("pk")

    def location(self, item: Topic) -> str:
        return reverse("topic", args=[item.series.slug, item.slug])


class DigestPages(_OfThisSite):
    """Published digests."""

    def items(self) -> QuerySet[Digest]:
        return Digest.objects.published().select_related("series")

    def lastmod(self, item: Digest) -> Any:
        return item.published_at


class PaperPages(_OfThisSite):
    """Papers that a published digest took up; the rest of the corpus is arXiv's to be found."""

    def items(self) -> QuerySet[Paper]:
        taken_up = Paper.objects.filter(entries__digest__status=Digest.Status.PUBLISHED)
        return taken_up.annotate(taken_up_at=Max("entries__digest__published_at")).order_by("pk")

    def location(self, item: Paper) -> str:
        return reverse("paper", args=[item.arxiv_id])

    def lastmod(self, item: Any) -> Any:
        return max(item.taken_up_at, item.changed_at)


SITEMAPS: dict[str, type[Sitemap]] = {
    "house": HousePages,
    "series": SeriesPages,
    "topics": TopicPages,
    "digests": DigestPages,
    "papers": PaperPages,
}
