"""A published digest: its page, and its card for those who share it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from digests.export import menu
from digests.export.document import build_document
from digests.export.json_ld import article
from digests.models import Candidate, Digest, Topic, WeekPicture
from digests.pictures import card
from digests.views.reader.addresses import absolute
from tracker.weeks import Week

ALSO_RANKED = 10  # papers named of each topic below the digest, a line each


@require_safe
def digest(request: HttpRequest, series: str, week: Week) -> HttpResponse:
    """One published digest, in full."""
    digest = published_digest(series, week)
    others = Digest.objects.published().select_related("series")
    document = build_document(digest)
    card_url = absolute(reverse("card", args=[series, week]))
    context = {
        "digest": digest,
        "document": document,
        "also": _also_this_week(digest),
        "has_map": WeekPicture.objects.filter(digest=digest).exclude(points=[]).exists(),
        "export_menu": menu(),
        "previous": others.before(digest).first(),
        "next": others.after(digest).first(),
        "canonical_url": absolute(digest.get_absolute_url()),
        "card_url": card_url,
        "json_ld": article(document, card_url=card_url),
    }
    return render(request, "digests/reader/digest.html", context)


def _also_this_week(digest: Digest) -> list[tuple[Topic, list[Candidate]]]:
    """Each topic with the best ranked papers that the digest left out; topics without any are left out too."""
    ranked = digest.candidates.exclude(paper__in=digest.entries.values("paper")).next_ranked(ALSO_RANKED)
    of_topic: dict[int, list[Candidate]] = {}
    for candidate in ranked:
        of_topic.setdefault(candidate.place_key or 0, []).append(candidate)
    topics = digest.series.topics.filter(pk__in=of_topic) if of_topic else ()
    return [(topic, of_topic[topic.pk]) for topic in topics]


@require_safe
def canonical_digest(request: HttpRequest, series: str, week: Week) -> HttpResponse:
    """From another way of writing the week to its one address."""
    return redirect("digest", series, week, permanent=True)


@require_safe
def share_card(request: HttpRequest, series: str, week: Week) -> HttpResponse:
    """The picture that other sites show beside a link to the digest."""
    of_week = Digest.objects.published().of_week(week).select_related("series")
    words = card.words_of(get_object_or_404(of_week, series__slug=series))
    response = HttpResponse(card.drawn_once(words), content_type="image/png")
    response["Cache-Control"] = "public, max-age=3600"
    return response


def published_digest(series: str, week: Week) -> Digest:
    """A draft is nothing to the public: Http404, as for a week that has no digest."""
    return get_object_or_404(Digest.objects.published().of_week(week).with_contents(), series__slug=series)
