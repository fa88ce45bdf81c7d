"""`train_ranker` and `evaluate_ranking` on a made-up world, and on the real weeks beside the repo."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from digests.management.commands import evaluate_learning, evaluate_ranking
from digests.ranking.prior import SHIPPED, load_prior
from tests.digests.made_up_picks import week_of_papers, write_papers, write_picks
from tests.encoders import HashingEncoder

PAST, JUDGED = range(0, 16), range(16, 18)
BEFORE = "2025-12-22"  # the Monday of week 16


@pytest.fixture
def past(tmp_path) -> tuple[Path, Path]:
    return write_papers(tmp_path / "past.jsonl", PAST), write_picks(tmp_path / "past.csv", range(0, 18))


@pytest.fixture
def judged(tmp_path) -> Path:
    return write_papers(tmp_path / "judged.jsonl", JUDGED)


@pytest.fixture
def quick_encoder(monkeypatch, settings, tmp_path) -> None:
    settings.DATA_DIR = tmp_path / "data"  # where vectors are kept
    for command in (evaluate_ranking, evaluate_learning):
        monkeypatch.setattr(command, "get_encoder", HashingEncoder)


def told(command: str, *arguments: object) -> dict:
    out = io.StringIO()
    call_command(command, *map(str, arguments), "--json", stdout=out)
    return json.loads(out.getvalue())


def test_it_learns_a_taste_and_ranks_later_weeks_by_it(past, judged, quick_encoder):
    papers, picks = past
    figures = told("evaluate_ranking", picks, "--papers", judged, "--train-papers", papers, "--train-before", BEFORE)
    assert figures["weeks"] == ["2025-W52", "2026-W01"]
    assert set(figures) == {"weeks", "galley", "arxiv_sanity_lite", "zotero_arxiv_daily", "random"}
    assert figures["galley"]["mean"]["recall_at_20"] == 1.0
    assert figures["random"]["mean"] == {"recall_at_20": 0.5, "recall_at_60": 1.0, "recall_at_200": 1.0}
    for ranking in ("arxiv_sanity_lite", "zotero_arxiv_daily"):
        assert set(figures[ranking]) == {"2025-W52", "2026-W01", "mean"}
        assert 0 < figures[ranking]["mean"]["recall_at_20"] <= 1


def test_the_table_says_what_json_says(past, judged, quick_encoder, capsys):
    papers, picks = past
    arguments = [picks, "--papers", judged, "--train-papers", papers, "--train-before", BEFORE]
    call_command("evaluate_ranking", *map(str, arguments))
    table, progress = capsys.readouterr()
    assert "2025-W52: 8 picks of 40" in progress
    for ranking in ("galley", "arxiv_sanity_lite", "zotero_arxiv_daily", "random"):
        assert ranking in table


def test_training_twice_gives_the_same_weights(past, tmp_path):
    papers, picks = past
    for name in ("one", "two"):
        told("train_ranker", picks, "--papers", papers, "--before", BEFORE, "--output", tmp_path / f"{name}.npz")
    one, two = np.load(tmp_path / "one.npz"), np.load(tmp_path / "two.npz")
    assert all(np.array_equal(one[name], two[name]) for name in one.files)


def test_it_never_looks_past_the_day(past, judged, tmp_path):
    """Papers and picks from the day on change nothing of what is learnt."""
    papers, picks = past
    told("train_ranker", picks, "--papers", papers, "--before", BEFORE, "--output", tmp_path / "a.npz")
    few = write_picks(tmp_path / "few.csv", PAST)
    told("train_ranker", few, "--papers", papers, judged, "--before", BEFORE, "--output", tmp_path / "b.npz")
    one, two = np.load(tmp_path / "a.npz"), np.load(tmp_path / "b.npz")
    assert all(np.array_equal(one[name], two[name]) for name in one.files)


def test_an_authors_record_counts_only_picks_of_earlier_weeks(past, tmp_path):
    papers, picks = past
    told("train_ranker", picks, "--papers", papers, "--before", BEFORE, "--output", tmp_path / "all.npz")
    told("train_ranker", picks, "--papers", papers, "--before", "2025-10-20", "--output", tmp_path / "early.npz")
    early, late = load_prior(tmp_path / "early.npz").authors, load_prior(tmp_path / "all.npz").authors
    assert 0 < sum(early.count.values()) < sum(late.count.values())


def test_papers_kept_aside_are_not_learnt_from(past, tmp_path):
    papers, picks = past
    aside = write_papers(tmp_path / "aside.jsonl", range(3, 5))
    told(
        "train_ranker",
        picks,
        "--papers",
        papers,
        "--before",
        BEFORE,
        "--without",
        aside,
        "--output",
        tmp_path / "x.npz",
    )
    names = {name for number in (3, 4) for paper in week_of_papers(number)[:8] for name in paper["authors"]}
    elsewhere = {
        name
        for number in PAST
        if number not in (3, 4)
        for paper in week_of_papers(number)[:8]
        for name in paper["authors"]
    }
    record = load_prior(tmp_path / "x.npz").authors
    assert not record.picked_authors(sorted(names - elsewhere))
    assert record.picked_authors(sorted(elsewhere))


def test_without_earlier_papers_the_others_have_no_figures(judged, tmp_path, past):
    papers, picks = past
    told("train_ranker", picks, "--papers", papers, "--before", BEFORE, "--output", tmp_path / "w.npz")
    weights = ("--weights", tmp_path / "w.npz", "--without-encoder")
    figures = told("evaluate_ranking", picks, "--papers", judged, *weights, "--train-papers")
    assert figures["arxiv_sanity_lite"]["mean"]["recall_at_60"] is None
    assert figures["galley"]["mean"]["recall_at_20"] == 1.0


def test_without_more_said_earlier_papers_are_those_beside_the_week(past, judged, quick_encoder):
    """Past and judged weeks are files of one folder; the shipped list of picks is learnt from besides the one named."""
    _, picks = past
    named = told("evaluate_ranking", picks, "--papers", judged, "--train-papers", past[0], "--train-before", BEFORE)
    assert told("evaluate_ranking", picks, "--papers", judged, "--train-before", BEFORE) == named


def test_of_a_weeks_file_and_one_of_many_weeks_only_the_week_is_judged(past, judged, tmp_path, quick_encoder):
    papers, picks = past
    alone = write_papers(tmp_path / "alone.jsonl", range(15, 16))
    figures = told("evaluate_ranking", picks, "--papers", alone, papers)
    assert figures["weeks"] == ["2025-W51"]


def test_a_second_evaluation_encodes_nothing_anew(past, judged, quick_encoder, monkeypatch):
    _, picks = past
    encoders = [HashingEncoder(), HashingEncoder()]
    for encoder in encoders:
        monkeypatch.setattr(evaluate_ranking, "get_encoder", lambda encoder=encoder: encoder)
        told("evaluate_ranking", picks, "--papers", judged)
    assert len(encoders[0].asked) > 0 == len(encoders[1].asked)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("id,upvotes\n2509.00001,3\n", "needs a first line that names the columns id and date"),
        ("date,id\nsoon,2509.00001\n", "line 2"),
        ("date,id\n2025-09-01,no-id\n", "is no arXiv id"),
        ("date,id\n2025-09-01,2001.00001\n", "None of the picks is among the papers"),
    ],
)
def test_it_refuses_picks_that_it_cannot_use(tmp_path, judged, content, sentence):
    picks = tmp_path / "picks.csv"
    picks.write_text(content)
    with pytest.raises(CommandError, match=sentence):
        told("evaluate_ranking", picks, "--papers", judged)


def test_it_refuses_to_learn_from_too_little_and_leaves_old_weights(past, tmp_path):
    papers, picks = past
    output = tmp_path / "weights.npz"
    output.write_bytes(b"old")
    with pytest.raises(CommandError, match="at least 10 are needed"):
        told("train_ranker", picks, "--papers", papers, "--before", "2025-09-08", "--output", output)
    assert output.read_bytes() == b"old"


def test_the_shipped_weights_are_small_and_hold_no_code():
    assert SHIPPED.stat().st_size < 1_200_000
    with np.load(SHIPPED, allow_pickle=False) as arrays:
        assert all(arrays[name].dtype.kind in "fuUi" for name in arrays.files)


@pytest.mark.shared
def test_the_shipped_ranking_finds_most_of_a_real_weeks_picks(shared):
    """No measure of quality (the weights know this week): that formats, facts and weights fit together."""
    figures = told(
        "evaluate_ranking",
        shared / "picks/hf-daily.csv",
        "--papers",
        shared / "papers/2026-W08.jsonl",
        "--without-encoder",
        "--train-papers",
    )
    assert figures["weeks"] == ["2026-W08"]
    assert figures["galley"]["mean"]["recall_at_60"] > 0.4 > figures["random"]["mean"]["recall_at_200"]


def test_verdicts_played_week_by_week_teach_what_the_prior_does_not_know(past, tmp_path, quick_encoder):
    """An editor who picks what no earlier list held: violins."""
    papers, picks = past
    told("train_ranker", picks, "--papers", papers, "--before", BEFORE, "--output", tmp_path / "w.npz")
    others = tmp_path / "others.csv"
    rows = [f"{paper['announced']},{paper['id']}\n" for number in range(6) for paper in big_week(number)[60:70]]
    others.write_text("date,id\n" + "".join(rows))
    weeks = tmp_path / "weeks.jsonl"
    weeks.write_text("".join(json.dumps(paper) + "\n" for number in range(6) for paper in big_week(number)))
    figures = told("evaluate_learning", others, "--papers", weeks, "--weights", tmp_path / "w.npz")
    assert [row["picks"] for row in figures["weeks"]] == [10] * 6
    assert figures["weeks"][0]["prior"] == figures["weeks"][0]["learnt"]  # nothing is known before the first verdict
    assert figures["weeks"][-1]["learnt"] > figures["weeks"][-1]["prior"]


def big_week(number: int) -> list[dict]:
    """A week of 150 papers, of which the 61st to 70th are about violins."""
    papers = week_of_papers(number, 150)
    for paper in papers[60:70]:
        paper["title"] = "Bread and violins"
        paper["abstract"] = "violins strings bow bread flour bread flour " * 4
    return papers
