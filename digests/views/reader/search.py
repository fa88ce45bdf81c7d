"""The search page: a form, and its results while one types."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from digests.models import Series
from digests.search import Wish, ask, shown
from digests.views.reader.addresses import absolute
from digests.views.reader.paging import page_of
from tracker.models import Paper
from tracker.search import How

_LONGEST = 2_000  # characters of a field: more are never read


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Papers that answer a query. The same address gives the page, and to htmx its results alone."""
    wish = _wish(request)
    query = wish.query
    known = Paper.objects.filter(arxiv_id=query.arxiv_id).first() if query.arxiv_id else None
    by_htmx = bool(getattr(request, "htmx", False))
    if known and not by_htmx:
        return redirect("paper", known.arxiv_id)
    answer = ask(query, in_digest=wish.in_digest)
    page = page_of(request, answer.hits)
    context = {
        "wish": wish,
        "query": query,
        "known": known,
        "answer": answer,
        "any_words": answer.how is How.ANY,
        "asked": not query.is_empty or wish.in_digest,
        "page": page,
        "hits": shown(query, answer, list(page.object_list)),
        "parameters": urlencode(_parameters(wish)),
        "all_series": Series.objects.prefetch_related("topics"),
        "canonical_url": absolute(_address(wish)),
    }
    template = "digests/reader/_results.html" if by_htmx else "digests/reader/search.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    if by_htmx:
        response.headers["HX-Replace-Url"] = _address(wish)
    return response


def _wish(request: HttpRequest) -> Wish:
    def told(name: str) -> str:
        return request.GET.get(name, "")[:_LONGEST].replace('"', " " if name != "q" else '"').strip()

    return Wish(
        text=told("q"),
        topic=told("topic"),
        category=told("category"),
        first_week=told("from"),
        last_week=told("to"),
        in_digest=request.GET.get("digest") == "1",
    )


def _parameters(wish: Wish) -> dict[str, str]:
    named = {
        "q": wish.text,
        "topic": wish.topic,
        "category": wish.category,
        "from": wish.first_week,
        "to": wish.last_week,
        "digest": "1" if wish.in_digest else "",
    }
    return {name: value for name, value in named.items() if value}


def _address(wish: Wish) -> str:
    """The one way of writing the search, which can be shared."""
    parameters = urlencode(_parameters(wish))
    return f"{reverse('search')}?{parameters}" if parameters else reverse("search")
