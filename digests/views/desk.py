"""The desk's front page: the weeks of every series, and the work on them."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from digests import report_card, tasks, weekly
from digests.access import DeskRequest, editor_required
from digests.forms import DraftWeekForm, today
from digests.models import Digest, Entry, Series, WeeklyRun
from tracker.weeks import Week


@dataclass(frozen=True)
class DeskWeek:
    """One week of a series: its digest, the work on it, or both. `digest` comes with its counts."""

    series: Series
    week: Week
    digest: Digest | None
    run: WeeklyRun | None

    @property
    def steps(self) -> list[tuple[str, str]]:
        """The steps of the work, each with its state: done, now, failed or later."""
        steps = list(WeeklyRun.Step)
        assert self.run is not None
        here = steps.index(WeeklyRun.Step(self.run.step))
        state = "failed" if self.run.state == WeeklyRun.State.FAILED else "now"
        return [
            (STEP_WORDS[step], "done" if place < here else state if place == here else "later")
            for place, step in enumerate(steps)
        ]


STEP_WORDS = {
    WeeklyRun.Step.HARVEST: "Ask arXiv",
    WeeklyRun.Step.EMBED: "Read",
    WeeklyRun.Step.SUGGEST: "Sort and rank",
    WeeklyRun.Step.DRAFT: "Draft",
}


def find_digest(series: str, week: Week) -> Digest:
    """The digest that an address of the desk names, a draft or not, with its series; else Http404."""
    return get_object_or_404(Digest.objects.of_week(week).select_related("series"), series__slug=series)


@editor_required
@require_safe
def desk(request: DeskRequest) -> HttpResponse:
    """The weeks of every series and how far each is."""
    return _desk(request, DraftWeekForm(initial={"week": Week.latest_complete(today())}, label_suffix=""))


@editor_required
@require_POST
def draft_week(request: DeskRequest) -> HttpResponse:
    """Start the work on a week, or go through it again; what editors decided and wrote stays."""
    form = DraftWeekForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _desk(request, form, status=400)
    week: Week = form.cleaned_data["week"]
    tasks.wake(weekly.request_run(form.cleaned_data["series"], week))
    messages.success(request, f"Work on {week} is asked for. This page says how far it is; you may leave it.")
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if is_ours else "desk")


@editor_required
@require_safe
def week_state(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """How far one week is: what its line on the desk asks for while work goes on."""
    if not request.htmx:
        return redirect("desk")
    lines = _weeks(get_object_or_404(Series, slug=series), week_start=week.monday)
    if not lines:
        raise Http404
    return render(request, "digests/desk/_week.html", {"line": lines[0]})


def _desk(request: DeskRequest, form: DraftWeekForm, status: int = 200) -> HttpResponse:
    shelves = [(series, _weeks(series), report_card.charts(series)) for series in Series.objects.all()]
    context = {"shelves": shelves, "form": form, "changed_count": Entry.objects.changed_since().count()}
    return render(request, "digests/desk/desk.html", context, status=status)


def _weeks(series: Series, **which: Any) -> list[DeskWeek]:
    """The series' weeks with a digest or with work on one, the newest first; all, or those that `which` filters."""
    digests = series.digests.filter(**which).select_related("series")
    drafts = digests.unpublished().with_verdict_counts()
    found = {digest.week: digest for digest in [*drafts, *digests.published().with_paper_count()]}
    runs = {run.week: run for run in series.runs.filter(**which).select_related("series")}
    weeks = sorted(found.keys() | runs.keys(), reverse=True)
    return [DeskWeek(series, week, found.get(week), runs.get(week)) for week in weeks]
