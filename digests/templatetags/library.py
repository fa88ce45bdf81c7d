"""The marks of a paper (saved, read) and the buttons to follow, as any page may show them."""

from typing import Any

from django import template
from django.template.context import Context

from digests.models import Follow, ReadMark, SavedPaper, Topic
from tracker import tex
from tracker.models import Author, Paper

register = template.Library()


@register.filter
def author_names(paper: Paper) -> list[str]:
    """The authors in their order, in Unicode; no query where they came with the paper."""
    return [tex.to_unicode(authorship.author.name) for authorship in paper.authorships.all()]


@register.filter
def plain_name(followed: Follow) -> str:
    """What is followed, in Unicode; a search between quotation marks."""
    return f"“{followed.query}”" if followed.query else tex.to_unicode(str(followed))


@register.inclusion_tag("digests/library/_marks.html", takes_context=True)
def marks(context: Context, arxiv_id: str, title: str) -> dict[str, Any]:
    """Buttons that save a paper and mark it as read; a stranger's browser keeps what they say."""
    request = context.get("request")
    if request is None or not request.user.is_authenticated:
        return {"in_account": False, "arxiv_id": arxiv_id, "title": tex.to_unicode(title)}
    if not hasattr(request, "library_marks"):  # once a page, however many papers it shows
        saved = SavedPaper.objects.filter(reader=request.user).values_list("paper__arxiv_id", flat=True)
        read = ReadMark.objects.filter(reader=request.user).values_list("paper__arxiv_id", flat=True)
        request.library_marks = set(saved), set(read)
    saved_ids, read_ids = request.library_marks
    return {
        "in_account": True,
        "arxiv_id": arxiv_id,
        "title": tex.to_unicode(title),
        "is_saved": arxiv_id in saved_ids,
        "is_read": arxiv_id in read_ids,
        "next": f"{request.get_full_path()}#p{arxiv_id}",
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("digests/library/_follow.html", takes_context=True)
def follow_button(
    context: Context, *, author: Author | None = None, topic: Topic | None = None, query: str = ""
) -> dict[str, Any]:
    """A button that follows an author, a topic or a search, or gives it up."""
    request = context["request"]
    query = " ".join(query.split())
    followed = None
    if request.user.is_authenticated:
        followed = Follow.objects.filter(reader=request.user, author=author, topic=topic, query=query).first()
    return {
        "signed_in": request.user.is_authenticated,
        "author": author,
        "topic": topic,
        "query": query,
        "followed": followed,
        "next": request.get_full_path(),
        "csrf_token": context.get("csrf_token"),
    }
