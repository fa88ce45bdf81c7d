"""What a reader follows, what is new of it, and the same as a feed at an address of one's own."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import require_POST, require_safe

from digests import library
from digests.access import DeskRequest, reader_required
from digests.models import Follow, Library, Topic
from digests.news import WEEKS_BACK, NewsItem, news_of
from digests.views.library import came_from
from tracker import tex
from tracker.errors import GalleyError
from tracker.models import Author


@reader_required
@require_safe
def news(request: DeskRequest) -> HttpResponse:
    """What is new of what the reader follows, and the list of that."""
    own = Library.objects.filter(reader=request.user).first()
    seen_at = own.seen_at if own else None
    items = news_of(request.user)
    context = {
        "items": [(item, seen_at is None or item.came_at > seen_at) for item in items],
        "fresh": sum(seen_at is None or item.came_at > seen_at for item in items),
        "weeks": WEEKS_BACK,
        "follows": Follow.objects.filter(reader=request.user).select_related("author", "topic__series"),
        "feed_url": settings.SITE_URL + reverse("library_feed", args=[own.feed_key]) if own else "",
    }
    return render(request, "digests/library/news.html", context)


@reader_required
@require_POST
def news_seen(request: DeskRequest) -> HttpResponse:
    """What is there now is no longer new."""
    library.mark_news_seen(reader=request.user)
    return redirect("news")


@reader_required
@require_POST
def follow(request: DeskRequest) -> HttpResponse:
    """Follow an author, a topic or a search."""
    author, topic = request.POST.get("author", ""), request.POST.get("topic", "")
    try:
        followed = library.follow(
            reader=request.user,
            author=get_object_or_404(Author, pk=_number(author)) if author else None,
            topic=get_object_or_404(Topic, pk=_number(topic)) if topic else None,
            query=request.POST.get("query", ""),
        )
    except GalleyError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"You follow {tex.to_unicode(str(followed))}. What is new of it stands under News.")
    return HttpResponseRedirect(came_from(request))


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise Http404("No such thing to follow.")
    return int(text)


@reader_required
@require_POST
def unfollow(request: DeskRequest, pk: int) -> HttpResponse:
    """Follow it no longer."""
    followed = get_object_or_404(Follow.objects.select_related("author", "topic"), pk=pk, reader=request.user)
    library.unfollow(followed)
    messages.success(request, f"You no longer follow {tex.to_unicode(str(followed))}.")
    return HttpResponseRedirect(came_from(request))


@reader_required
@require_POST
def renew_feed(request: DeskRequest) -> HttpResponse:
    """Make the feed's address, or make it anew where it has become known."""
    library.renew_feed_key(reader=request.user)
    messages.success(request, "Your feed has a new address. Its old one, if there was one, answers no more.")
    return redirect("news")


class NewsFeed(Feed):
    """A reader's news as Atom. Whoever knows its address may read it, as feed readers can't sign in."""

    feed_type = Atom1Feed
    title = "Galley: what you follow"
    subtitle = "New papers by the authors, under the topics and from the searches that you follow."

    def __call__(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = super().__call__(request, *args, **kwargs)
        response["Cache-Control"] = "private"
        response["X-Robots-Tag"] = "noindex"
        return response

    def get_object(self, request: HttpRequest, key: str) -> User:
        return get_object_or_404(Library.objects.select_related("reader"), feed_key=key, reader__is_active=True).reader

    def link(self, reader: User) -> str:
        return reverse("news")

    def items(self, reader: User) -> list[NewsItem]:
        return news_of(reader)

    def item_title(self, item: NewsItem) -> str:
        return tex.to_unicode(item.paper.title)

    def item_description(self, item: NewsItem) -> str:
        return f"{', '.join(item.reasons)}. {tex.to_unicode(item.paper.abstract)}"

    def item_link(self, item: NewsItem) -> str:
        return reverse("paper", args=[item.paper.arxiv_id])

    def item_guid(self, item: NewsItem) -> str:
        return f"{settings.SITE_URL}{self.item_link(item)}"

    def item_updateddate(self, item: NewsItem) -> object:
        return item.came_at

    item_pubdate = item_updateddate


news_feed = require_safe(NewsFeed())
