"""Harvests against the arXiv stand-in and from files: whole, resumed, disturbed, refused."""

import datetime as dt
import gzip
import itertools

import pytest

from tests.arxiv_standin import ArxivStandin, Fault
from tests.tracker.told import told, write_lines
from tracker import harvest
from tracker.arxiv_client import ArxivClient, ArxivUnavailable
from tracker.errors import GalleyError
from tracker.harvest import EmptyHarvest, HarvestStopped, harvest_file, harvest_week
from tracker.models import Authorship, Harvest, Paper
from tracker.progress import Silent
from tracker.snapshot import UnreadableFile
from tracker.taxonomy import UnknownCategory
from tracker.weeks import Week

pytestmark = pytest.mark.django_db

WEEK = Week.parse("2026-W08")
CATEGORIES = ["cs.CL", "cs.LG", "cs.AI"]
DAYS = ["2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20"]
PAPERS = [told(13000 + 100 * place + n, announced=day) for place, day in enumerate(DAYS) for n in range(1, 9)]


class Notes(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, message: str) -> None:
        self.said.append(message)


@pytest.fixture(autouse=True)
def quick(settings, monkeypatch) -> None:
    settings.ARXIV_INTERVAL = 0.0005
    monkeypatch.setattr(harvest, "PAGE_SIZE", 3)  # so that a day takes several pages


@pytest.fixture
def notes() -> Notes:
    return Notes()


def harvest_from(standin, settings, notes, **options) -> Harvest:
    settings.ARXIV_API_URL = standin.url
    return harvest_week(WEEK, CATEGORIES, progress=notes, **options)


def state() -> dict:
    """All that a harvest leaves of the papers."""
    columns = ("arxiv_id", "title", "version", "announced_on", "announced_by", "submitted_at", "text_hash")
    return {
        "papers": list(Paper.objects.order_by("arxiv_id").values_list(*columns)),
        "categories": sorted(Paper.objects.values_list("arxiv_id", "categories__code")),
        "authors": sorted(Authorship.objects.values_list("paper__arxiv_id", "position", "author__name")),
    }


def counts(row: Harvest) -> tuple[int, ...]:
    return tuple(row.counts().values())


def test_it_stores_every_paper_once_and_on_its_day(settings, notes):
    with ArxivStandin.serving(PAPERS) as standin:
        row = harvest_from(standin, settings, notes)
    assert row.state == Harvest.State.DONE
    assert counts(row) == (len(PAPERS), 0, 0, 0, 0)
    assert (row.window_start, row.window_end) == (dt.date(2026, 2, 4), dt.date(2026, 2, 20))
    assert row.progress_done == row.progress_total == 17 * 3
    days = {paper.arxiv_id: f"{paper.announced_on}" for paper in Paper.objects.announced_in(WEEK)}
    assert days == {paper["id"]: paper["announced"] for paper in PAPERS}
    assert Paper.objects.in_categories(["cs.CL"]).count() == len(PAPERS) / 2


def test_again_it_changes_nothing(settings, notes):
    with ArxivStandin.serving(PAPERS) as standin:
        harvest_from(standin, settings, notes)
        before = list(Paper.objects.values())
        row = harvest_from(standin, settings, notes)
    assert counts(row) == (0, 0, len(PAPERS), 0, 0)
    assert list(Paper.objects.values()) == before
    assert Harvest.objects.count() == 2


def test_a_new_version_and_a_withdrawal_come_in(settings, notes):
    with ArxivStandin.serving(PAPERS) as standin:
        harvest_from(standin, settings, notes)
    revised = {**PAPERS[3], "version": 2, "title": "A better title"}
    withdrawn = {**PAPERS[4], "version": 2, "comment": "This paper has been withdrawn by the author."}
    with ArxivStandin.serving([*PAPERS, revised, withdrawn]) as standin:
        row = harvest_from(standin, settings, notes)
    assert counts(row) == (0, 1, len(PAPERS) - 2, 1, 0)
    assert Paper.objects.get(arxiv_id=revised["id"]).title == "A better title"
    assert Paper.objects.filter(withdrawn=True).get().arxiv_id == withdrawn["id"]


@pytest.fixture
def undisturbed(settings, notes) -> dict:
    """The state after a harvest with nothing in its way; the tables are empty again."""
    with ArxivStandin.serving(PAPERS) as standin:
        harvest_from(standin, settings, notes)
    end = state()
    Paper.objects.all().delete()
    Harvest.objects.all().delete()
    return end


def later_page(fault: Fault, *, start: int = 3, times: int = 1):
    """The fault at the first requests for a page that begins there."""
    left = itertools.repeat(fault, times)
    return lambda params: next(left, None) if params["start"] == str(start) else None


def test_every_failure_on_the_way_is_survived(settings, notes, undisturbed):
    faults = [Fault.RATE_EXCEEDED, Fault.RATE_EXCEEDED_200, Fault.HTML, Fault.CUT_FEED, Fault.NOTHING]
    faults += [Fault.BROKEN_OFF, Fault.EMPTY_PAGE]
    some = [failure for fault in faults for failure in (fault, None, None)]
    with ArxivStandin.serving(PAPERS, some * 5) as standin:
        row = harvest_from(standin, settings, notes)
        assert standin.faults == [] or len(standin.asked) > 70
    assert (row.state, row.new) == (Harvest.State.DONE, len(PAPERS))
    assert state() == undisturbed


@pytest.mark.parametrize("fault", [Fault.DUPLICATES, Fault.EMPTY_PAGE, Fault.NOTHING])
def test_a_page_that_is_wrong_in_the_middle_loses_nothing(settings, notes, undisturbed, fault):
    with ArxivStandin.serving(PAPERS, later_page(fault, times=2)) as standin:
        row = harvest_from(standin, settings, notes)
    assert row.new == len(PAPERS)
    assert state() == undisturbed
    assert notes.said


@pytest.mark.parametrize("fault", [Fault.PAPER_GONE, Fault.PAPER_ADDED])
@pytest.mark.parametrize("start", [3, 6])
def test_a_result_that_moves_while_it_is_read_loses_nothing(settings, notes, fault, start):
    papers = [told(13000 + n, categories=["cs.CL"]) for n in range(2, 13)]
    with ArxivStandin.serving(papers, later_page(fault, start=start)) as standin:
        row = harvest_from(standin, settings, notes)
        left = {paper.arxiv_id for paper in standin.papers}
    assert len(left) == len(papers) + (1 if fault is Fault.PAPER_ADDED else -1)
    assert any("moved while it was read" in said for said in notes.said)
    assert set(Paper.objects.values_list("arxiv_id", flat=True)) >= left
    assert row.new == Paper.objects.count()
    assert row.unchanged == 0


def test_a_slice_that_never_holds_still_ends_all_the_same(settings, notes):
    papers = [told(13000 + n, categories=["cs.CL"]) for n in range(20, 31)]
    with ArxivStandin.serving(papers, later_page(Fault.PAPER_ADDED, times=99)) as standin:
        row = harvest_from(standin, settings, notes)
    assert row.state == Harvest.State.DONE
    assert row.new >= len(papers)


def test_stopped_at_any_page_it_goes_on_without_loss_or_doubling(settings, notes, undisturbed):
    with ArxivStandin.serving(PAPERS) as standin:
        pages = 0
        for round_ in itertools.count():
            allowed = itertools.count()
            try:
                row = harvest_from(standin, settings, notes, should_stop=lambda allowed=allowed: next(allowed) >= 7)
            except HarvestStopped:
                assert Harvest.objects.get().state == Harvest.State.STOPPED
                pages += 1
            else:
                break
            assert round_ < 60
    assert pages > 5
    assert row.new == len(PAPERS)
    assert counts(row)[1:] == (0, 0, 0, 0)
    assert state() == undisturbed


def test_killed_at_any_page_it_goes_on_without_loss_or_doubling(settings, notes, undisturbed, monkeypatch):
    class Killed(BaseException):
        pass

    ask = ArxivClient.query_slice
    kills = 0
    with ArxivStandin.serving(PAPERS) as standin:
        for _ in range(60):
            left = itertools.count(9, -1)

            def ask_or_die(self, *arguments, left=left):
                page = ask(self, *arguments)
                if next(left) == 0:
                    raise Killed  # the answer has come, and isn't stored yet
                return page

            monkeypatch.setattr(ArxivClient, "query_slice", ask_or_die)
            try:
                row = harvest_from(standin, settings, notes)
                break
            except Killed:
                kills += 1
                assert Harvest.objects.get().state == Harvest.State.RUNNING
    assert kills > 5
    assert counts(row) == (len(PAPERS), 0, 0, 0, 0)
    assert state() == undisturbed


def test_arxiv_down_leaves_what_was_stored_and_says_so(settings, notes, undisturbed):
    with ArxivStandin.serving(PAPERS, [None] * 60 + [Fault.BUSY_LONG]) as standin:
        with pytest.raises(ArxivUnavailable):
            harvest_from(standin, settings, notes)
        row = Harvest.objects.get()
        assert (row.state, row.error) == (Harvest.State.FAILED, "arXiv is busy (status 503): try again later.")
        assert 0 < Paper.objects.count() == row.new < len(PAPERS)
        asked = len(standin.asked)
        again = harvest_from(standin, settings, notes)
        assert again.pk == row.pk
        assert len(standin.asked) < asked + 40
    assert (again.state, again.error, again.new) == (Harvest.State.DONE, "", len(PAPERS))
    assert state() == undisturbed


def test_the_latest_process_to_take_it_up_owns_it(settings, notes):
    with ArxivStandin.serving(PAPERS) as standin:
        calls = itertools.count()

        def another_takes_over() -> bool:
            if next(calls) == 40:
                row = Harvest.objects.get()
                Harvest.objects.update(cursor={**row.cursor, "by": "another"})
            return False

        with pytest.raises(HarvestStopped, match="Another process"):
            harvest_from(standin, settings, notes, should_stop=another_takes_over)
    row = Harvest.objects.get()
    assert (row.state, row.cursor["by"]) == (Harvest.State.RUNNING, "another")


@pytest.mark.parametrize("end", [GalleyError("The lease is lost."), KeyboardInterrupt()])
def test_one_that_ends_after_another_took_it_up_leaves_the_row_alone(settings, notes, monkeypatch, end):
    def end_after_another_took_over(count: int = 1) -> None:
        row = Harvest.objects.get()
        Harvest.objects.update(cursor={**row.cursor, "by": "another"})
        raise end

    with ArxivStandin.serving(PAPERS) as standin:
        monkeypatch.setattr(notes, "advance", end_after_another_took_over)
        with pytest.raises(type(end)):
            harvest_from(standin, settings, notes)
    row = Harvest.objects.get()
    assert (row.state, row.cursor["by"]) == (Harvest.State.RUNNING, "another")


def test_an_empty_week_is_an_error_and_is_asked_anew_next_time(settings, notes):
    elsewhere = [told(1, announced="2025-01-15")]
    with ArxivStandin.serving(elsewhere) as standin, pytest.raises(EmptyHarvest, match=r"no papers in cs\.CL, cs\.LG"):
        harvest_from(standin, settings, notes)
    assert Harvest.objects.get().state == Harvest.State.FAILED
    with ArxivStandin.serving(PAPERS) as standin:
        assert harvest_from(standin, settings, notes).new == len(PAPERS)


def test_it_asks_nothing_for_a_week_that_lies_ahead_or_a_category_that_does_not_exist(settings, notes):
    with ArxivStandin.serving(PAPERS) as standin:
        settings.ARXIV_API_URL = standin.url
        with pytest.raises(EmptyHarvest, match="lies ahead"):
            harvest_week(Week(2099, 1), CATEGORIES, progress=notes)
        with pytest.raises(UnknownCategory, match=r"cs\.CL"):
            harvest_week(WEEK, ["cs.CLL"], progress=notes)
        assert standin.asked == []


def test_a_file_is_stored_and_bad_lines_are_named(tmp_path, notes):
    path = write_lines(tmp_path / "papers.jsonl", PAPERS[0], "{broken", *PAPERS[1:])
    row = harvest_file(path, progress=notes)
    assert counts(row) == (len(PAPERS), 0, 0, 0, 1)
    assert row.state == Harvest.State.DONE
    assert row.progress_done == row.progress_total == len(PAPERS) + 1
    assert any("line 2 passed over" in said for said in notes.said)
    assert Paper.objects.announced_in(WEEK).filter(announced_by="listing").count() == len(PAPERS)
    assert counts(harvest_file(path, progress=notes)) == (0, 0, len(PAPERS), 0, 1)


def test_papers_without_a_submission_are_placed_once_the_file_is_read(tmp_path, notes):
    unknown = told(13004, published_kind="estimated_from_id", announced="")
    harvest_file(write_lines(tmp_path / "papers.jsonl", unknown, *PAPERS[:3], *PAPERS[4:8]), progress=notes)
    placed = Paper.objects.get(arxiv_id=unknown["id"])
    assert (f"{placed.announced_on}", placed.announced_by) == (DAYS[0], "neighbours")


def test_a_file_is_resumed_where_it_stopped_unless_it_changed(tmp_path, notes):
    papers = [told(number) for number in range(1, 1601)]
    path = write_lines(tmp_path / "papers.jsonl", *papers)
    stops = iter([False, True])
    with pytest.raises(HarvestStopped):
        harvest_file(path, progress=notes, should_stop=lambda: next(stops))
    stopped = Harvest.objects.get()
    assert (stopped.state, stopped.new) == (Harvest.State.STOPPED, 500)
    row = harvest_file(path, progress=notes)
    assert row.pk == stopped.pk
    assert counts(row) == (1600, 0, 0, 0, 0)

    Harvest.objects.update(state=Harvest.State.FAILED)
    write_lines(path, *papers, told(1601))
    assert counts(harvest_file(path, progress=notes)) == (1, 0, 1600, 0, 0)


def test_a_file_that_is_damaged_further_on_keeps_what_was_read(tmp_path, notes):
    path = tmp_path / "cut.gz"
    whole = write_lines(tmp_path / "whole", *[told(number) for number in range(1, 1601)])
    path.write_bytes(gzip.compress(whole.read_bytes())[:-2000])
    with pytest.raises(UnreadableFile, match="can't be read"):
        harvest_file(path, progress=notes)


@pytest.mark.shared
def test_the_reference_papers_land_in_their_week(shared, notes):
    for name in ("2023-11.jsonl", "reference-13.jsonl"):
        harvest_file(shared / "papers" / name, progress=notes)
    reference = [line.split('"')[3] for line in (shared / "papers" / "reference-13.jsonl").open(encoding="utf-8")]
    in_week = Paper.objects.announced_in(Week.parse("2023-W47")).values_list("arxiv_id", flat=True)
    assert len(reference) == 13
    assert set(reference) <= set(in_week)


@pytest.mark.shared
def test_a_real_week_is_stored_whole(shared, notes):
    row = harvest_file(shared / "papers" / "2026-W08.jsonl", progress=notes)
    assert counts(row) == (1194, 0, 0, 0, 0)
    assert Paper.objects.announced_in(WEEK).count() == 1194
