"""The desk's pages of series and topics, for administrators."""

from string import Template

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from digests import setting_up
from digests.access import DeskRequest, administrator_required
from digests.forms import SeriesForm, TopicForm, today
from digests.models import Series, Subscription, Topic
from digests.models.series import check_template, week_words
from tracker.weeks import Week

TEMPLATES = ("headline_template", "subtitle_template", "intro_template")


@administrator_required
@require_safe
def list_series(request: DeskRequest) -> HttpResponse:
    """Every series with its topics."""
    found = Series.objects.prefetch_related("topics")
    return render(request, "digests/desk/series_list.html", {"all_series": found})


@administrator_required
@require_http_methods(["GET", "HEAD", "POST"])
def add_series(request: DeskRequest) -> HttpResponse:
    """Begin another series; its topics come next."""
    return _series(request, Series())


@administrator_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_series(request: DeskRequest, series: str) -> HttpResponse:
    """A series' own words, categories and numbers, and the list of its topics."""
    return _series(request, get_object_or_404(Series, slug=series))


def _series(request: DeskRequest, series: Series) -> HttpResponse:
    slug = series.slug  # what the form changes on the row is not stored yet
    form = SeriesForm(_with_slug(request), instance=series, label_suffix="")
    if request.method == "POST" and form.is_valid():
        is_new = series.pk is None
        weeks = setting_up.save_series(form.save(commit=False), by=request.user)
        messages.success(request, "Added. Now its topics." if is_new else f"Saved.{_sorting(weeks)}")
        return redirect("edit_series", series=series.slug)
    context = {
        "series": series,
        "slug": slug,
        "form": form,
        "topics": series.topics.all() if series.pk else [],
        "example": _example({name: str(form[name].value() or "") for name in TEMPLATES}),
    }
    return render(request, "digests/desk/series.html", context, status=400 if form.errors else 200)


def _with_slug(request: DeskRequest) -> dict[str, str] | None:
    """What was sent, with a slug made of the name where none was typed."""
    if request.method != "POST":
        return None
    sent = request.POST.dict()
    return {**sent, "slug": sent.get("slug", "").strip() or slugify(sent.get("name", ""))[:50]}


def _sorting(weeks: int) -> str:
    if not weeks:
        return ""
    return f" What nobody has decided on in {weeks} open week{'' if weeks == 1 else 's'} is sorted anew: see the desk."


@administrator_required
@require_safe
def example(request: DeskRequest) -> HttpResponse:
    """What the templates make of the latest week, while they are typed."""
    made = _example({name: request.GET.get(name, "") for name in TEMPLATES})
    return render(request, "digests/desk/_series_example.html", {"example": made})


def _example(templates: dict[str, str]) -> dict[str, object]:
    week = Week.latest_complete(today())
    words = week_words(week)
    try:
        for text in templates.values():
            check_template(text)
    except ValidationError as error:
        return {"week": week, "problem": " ".join(error.messages)}
    texts = {name.removesuffix("_template"): Template(text).substitute(words) for name, text in templates.items()}
    return {"week": week, **texts}


# Topics


@administrator_required
@require_http_methods(["GET", "HEAD", "POST"])
def add_topic(request: DeskRequest, series: str) -> HttpResponse:
    """Another topic for a series."""
    return _topic(request, Topic(series=get_object_or_404(Series, slug=series)))


@administrator_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_topic(request: DeskRequest, series: str, pk: int) -> HttpResponse:
    """A topic's name, description and example papers."""
    return _topic(request, _find(series, pk))


def _topic(request: DeskRequest, topic: Topic) -> HttpResponse:
    form = TopicForm(_with_slug(request), instance=topic, label_suffix="")
    if request.method == "POST" and form.is_valid():
        weeks = setting_up.save_topic(form.save(commit=False), by=request.user)
        messages.success(request, f"Saved.{_sorting(weeks)}")
        return redirect("edit_series", series=topic.series.slug)
    context = {"series": topic.series, "topic": topic, "form": form}
    return render(request, "digests/desk/topic.html", context, status=400 if form.errors else 200)


@administrator_required
@require_POST
def place_topic(request: DeskRequest, series: str, pk: int) -> HttpResponse:
    """Move a topic one place up or down."""
    topic = _find(series, pk)
    places = list(topic.series.topics.values_list("pk", flat=True))
    step = -1 if request.POST.get("step") == "-1" else 1
    setting_up.place_topic(topic, places.index(pk) + step, by=request.user)
    return redirect("edit_series", series=series)


@administrator_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove_topic(request: DeskRequest, series: str, pk: int) -> HttpResponse:
    """Say what taking a topic away does; on POST do it."""
    topic = _find(series, pk)
    if request.method == "POST":
        weeks = setting_up.remove_topic(topic, by=request.user)
        messages.success(request, f"“{topic.name}” is taken away.{_sorting(weeks)}")
        return redirect("edit_series", series=series)
    context = {
        "series": topic.series,
        "topic": topic,
        "sections": topic.sections.count(),
        "subscriptions": Subscription.objects.for_nothing_but(topic).count(),
    }
    return render(request, "digests/desk/remove_topic.html", context)


def _find(series: str, pk: int) -> Topic:
    return get_object_or_404(Topic.objects.select_related("series"), series__slug=series, pk=pk)
