"""Training and evaluating topics by command, on papers in files, in the corpus, or in neither."""

import csv
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from digests.management.commands import evaluate_topics, train_topics
from digests.models import Series
from digests.topics.model import SHIPPED, load_model, own_path
from tests.encoders import HashingEncoder
from tests.factories import PaperFactory

KEYS = ["papers", "accuracy", "macro_f1", "accuracy_either", "llm_accuracy", "accuracy_at_70", "per_topic"]
TEXTS = {
    "progress": "A benchmark that evaluates language models on exams",
    "training": "Quantization of language models for fast inference",
    "finetuning": "Low-rank adapters tune language models on instructions",
    "reasoning": "Chain of thought solves mathematics with language models",
    "responsible": "Jailbreak attacks break the safety of language models",
    "transformers": "Sparse attention with rotary positions in transformers",
    "other": "Summaries of court rulings written by language models",
    "off": "Segmentation of images of cells by convolution",
}


@pytest.fixture(autouse=True)
def light(monkeypatch, settings, tmp_path, series) -> None:
    """A quick encoder, and a data folder of the test's own."""
    settings.DATA_DIR = tmp_path
    encoder = HashingEncoder()
    for module in ("digests.topics.lessons", evaluate_topics.__name__, train_topics.__name__):
        monkeypatch.setattr(f"{module}.get_encoder", lambda: encoder)


@pytest.fixture
def labelled(tmp_path: Path) -> tuple[Path, Path]:
    """Eight papers of each class as labels and as a file, which also holds others."""
    rows = [
        {"id": f"2601.{10 * place + number:05}", "topic": topic, "title": f"{text}, part {'abcdefgh'[number]}"}
        for place, (topic, text) in enumerate(TEXTS.items())
        for number in range(8)
    ]
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, ["id", "topic", "also"], extrasaction="ignore", restval="")
        table.writeheader()
        table.writerows(rows)
    papers = [{"id": row["id"], "title": row["title"], "abstract": row["title"]} for row in rows]
    papers += [{"id": f"2602.{number:05}", "title": f"Unjudged {number}", "abstract": "Words"} for number in range(20)]
    (tmp_path / "papers.jsonl").write_text("".join(json.dumps(paper) + "\n" for paper in papers))
    return tmp_path / "labels.csv", tmp_path / "papers.jsonl"


def figures(capsys, command, *arguments: object) -> dict:
    call_command(command.Command(), *map(str, arguments), "--json")
    return json.loads(capsys.readouterr().out)


def test_training_learns_from_files_and_writes_the_series_own_model(labelled, series: Series, capsys) -> None:
    labels, papers = labelled
    shipped = SHIPPED.read_bytes()
    told = figures(capsys, train_topics, labels, "--papers", papers)
    assert told["papers"] == 64
    assert told["accuracy"] > 0.9
    assert load_model(own_path(series)).encoder_name == "hashing"
    assert SHIPPED.read_bytes() == shipped


def test_the_trained_model_is_evaluated_on_papers_that_nobody_stored(labelled, capsys) -> None:
    labels, papers = labelled
    figures(capsys, train_topics, labels, "--papers", papers)
    told = figures(capsys, evaluate_topics, labels, "--papers", papers)
    assert list(told) == KEYS
    assert told["papers"] == 64
    assert told["accuracy"] > 0.9
    assert set(told["per_topic"]) == set(TEXTS)


def test_cross_validation_and_another_csv_judge_only_the_labels_named(labelled, tmp_path, capsys) -> None:
    labels, papers = labelled
    header, *lines = labels.read_text().splitlines()
    (tmp_path / "judged.csv").write_text("\n".join([header, *lines[::4]]))
    for how in (["--cross-validate", "--with-labels", labels], ["--train-on", labels]):
        told = figures(capsys, evaluate_topics, tmp_path / "judged.csv", *how, "--papers", papers)
        assert told["papers"] == 16
        assert told["accuracy"] > 0.9


def test_papers_of_files_left_out_teach_nothing(labelled, tmp_path, capsys) -> None:
    labels, papers = labelled
    (tmp_path / "held.jsonl").write_text("".join(papers.read_text().splitlines(keepends=True)[::8]))
    told = figures(capsys, train_topics, labels, "--papers", papers, "--leave-out", tmp_path / "held.jsonl")
    assert told["papers"] == 56


def test_labels_of_stored_papers_need_no_files(tmp_path, capsys) -> None:
    paper = PaperFactory(title=TEXTS["off"])
    (tmp_path / "labels.csv").write_text(f"id,topic,also\n{paper.arxiv_id},off,other progress\n")
    assert figures(capsys, evaluate_topics, tmp_path / "labels.csv")["papers"] == 1


def test_an_also_label_counts_for_either(labelled, tmp_path, capsys) -> None:
    _, papers = labelled
    (tmp_path / "wrong.csv").write_text("id,topic,also\n2601.00070,responsible,off\n")
    told = figures(capsys, evaluate_topics, tmp_path / "wrong.csv", "--papers", papers, "--from-lines")
    assert (told["accuracy"], told["accuracy_either"], told["llm_accuracy"]) == (0.0, 1.0, 0.0)


def test_a_table_is_printed_for_people(labelled, capsys) -> None:
    labels, papers = labelled
    call_command(evaluate_topics.Command(), str(labels), "--papers", str(papers), "--from-lines")
    out = capsys.readouterr().out
    assert "macro f1" in out
    assert "transformers" in out


def test_a_new_series_is_judged_verdict_by_verdict(labelled, tmp_path, capsys) -> None:
    labels, papers = labelled
    topics = [
        {"slug": topic, "name": topic.title(), "description": f"All about {topic}", "examples": ""} for topic in TEXTS
    ]
    (tmp_path / "new.json").write_text(json.dumps({"scope": "", "outside": "", "topics": topics}))
    told = figures(capsys, evaluate_topics, labels, "--papers", papers, "--learning-curve", tmp_path / "new.json")
    verdicts = told["verdicts"]
    assert list(verdicts) == ["0", "10", "30"]
    assert verdicts["0"]["accuracy"] + 0.3 < verdicts["30"]["accuracy"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,label\n2601.00001,off\n", "no column topic"),
        ("id,topic\nnonsense,off\n", "line 2: “nonsense” is no arXiv id"),
        ("id,topic\n2601.00001,\n", "line 2: 2601.00001 has no topic"),
        ("id,topic\n2601.00001,cooking\n", "name cooking; the series knows progress"),
        ("id,topic\n2601.99999,off\n", "name files with --papers"),
    ],
)
def test_bad_labels_are_told_in_a_sentence(text: str, told: str, labelled, tmp_path) -> None:
    (tmp_path / "bad.csv").write_text(text)
    for command in (evaluate_topics, train_topics):
        with pytest.raises(CommandError, match=told):
            call_command(command.Command(), str(tmp_path / "bad.csv"), "--papers", str(labelled[1]))


def test_missing_files_are_told_in_a_sentence(tmp_path) -> None:
    with pytest.raises(CommandError, match="can't be read"):
        call_command(evaluate_topics.Command(), str(tmp_path / "none.csv"))
    (tmp_path / "new.json").write_text("[]")
    (tmp_path / "labels.csv").write_text("id,topic\n2601.00001,off\n")
    with pytest.raises(CommandError, match="describes no series"):
        call_command(
            evaluate_topics.Command(), str(tmp_path / "labels.csv"), "--learning-curve", str(tmp_path / "new.json")
        )
