"""Drafts measured against an edited roundup, by command."""

import json

import pytest
from django.core.management import CommandError, call_command

from digests.management.commands.evaluate_summaries import Command

ABSTRACT = (
    "We study how models count. Counting is hard for them because tokens hide digits. "
    "We train a small model on 92\\% synthetic sums and it learns to carry. "
    "Tests on three benchmarks show that it beats larger models by far. Code is available."
)


def evaluate(tmp_path, capsys, roundup: str) -> dict:
    (tmp_path / "roundup.txt").write_text(roundup)
    paper = {"id": "2311.12345", "title": "How Models $n$ Count", "abstract": ABSTRACT, "announced": "2023-11-21"}
    (tmp_path / "papers.jsonl").write_text(json.dumps(paper) + "\n")
    call_command(Command(), str(tmp_path / "roundup.txt"), "--papers", str(tmp_path / "papers.jsonl"), "--json")
    return json.loads(capsys.readouterr().out)


def test_a_roundup_cut_as_the_draft_is_agrees_in_every_break(tmp_path, capsys):
    first, second, third, fourth, last = ABSTRACT.replace("\\", "").split(". ")
    blocks = [f"{first}. {second}. {third}.", f"{fourth}. {last}"]
    figures = evaluate(tmp_path, capsys, "Headline\n1. Topic\n1.1. How models n count\n" + "\n".join(blocks))
    assert figures["papers"] == 1
    assert figures["likeness"] == 1.0
    assert (figures["words_invented"], figures["words_lost"], figures["tex_left"]) == (0, 0, 0)
    assert figures["break_f1"]["every_3_sentences"] == 1.0
    assert figures["break_f1"]["every_2_sentences"] < 1.0


def test_words_of_other_subjects_are_no_breaks(tmp_path, capsys):
    figures = evaluate(tmp_path, capsys, f"1.1. How models n count\n{ABSTRACT}\nBook a mentoring session with me today")
    assert set(figures["break_f1"].values()) == {0.0}


def test_a_title_that_no_file_holds_is_listed(tmp_path, capsys):
    figures = evaluate(tmp_path, capsys, f"1.1. How models n count\n{ABSTRACT}\n1.2. Another\nText.")
    assert figures["unmatched"] == ["Another"]


def test_nothing_in_common_is_an_error(tmp_path, capsys):
    with pytest.raises(CommandError, match="name the files"):
        evaluate(tmp_path, capsys, "1.1. Another\nText.")


@pytest.mark.shared
def test_drafts_break_more_like_the_reference_than_any_fixed_length(shared, capsys):
    papers = str(shared / "papers/reference-13.jsonl")
    call_command(Command(), str(shared / "reference-digest.txt"), "--papers", papers, "--json")
    figures = json.loads(capsys.readouterr().out)
    assert figures["papers"] == 13
    assert figures["words_invented"] == figures["words_lost"] == figures["tex_left"] == 0
    fixed = [value for way, value in figures["break_f1"].items() if way != "galley"]
    assert figures["break_f1"]["galley"] > max(fixed) + 0.2
