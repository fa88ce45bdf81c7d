"""`manage.py evaluate_search`: figures on papers of which it is known what they are about."""

import json

import pytest
from django.core.management import CommandError, call_command

from tests.encoders import HashingEncoder
from tests.factories import PaperFactory
from tracker.embeddings import embed_missing
from tracker.fulltext import index_papers
from tracker.models import Paper
from tracker.progress import Silent

TOPICS = {"agents": "Walruses use tools and plan journeys", "reasoning": "Herring prove theorems step by step"}


@pytest.fixture(autouse=True)
def by_words_alone(settings, tmp_path) -> None:
    settings.ENCODER_MODEL = HashingEncoder.model_name
    settings.DATA_DIR = tmp_path


@pytest.fixture
def labels(tmp_path):
    return tmp_path / "labels.csv"


@pytest.fixture
def corpus(db, labels) -> None:
    """Six papers of each topic, alike but for their number."""
    rows = ["id,topic"]
    for topic, text in TOPICS.items():
        for number in range(6):
            paper = PaperFactory(title=f"{text} number{number}", abstract=f"{text}. {number}")
            rows.append(f"{paper.arxiv_id},{topic}")
    labels.write_text("\n".join(rows))
    index_papers(list(Paper.objects.all()))
    embed_missing(Paper.objects.all(), HashingEncoder(), progress=Silent())


def test_it_tells_how_often_papers_and_topics_are_found(corpus, labels, capsys) -> None:
    call_command("evaluate_search", labels, "--papers", "5", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["papers"], told["titles"], told["labelled"]) == (12, 5, 12)
    assert told["found_by_words"] == told["found_by_fused"] == 1.0
    assert told["found_by_meaning"] == 0.0  # no encoder answers
    assert told["same_topic_by_similarity"] == told["same_topic_by_shared_words"] == 1.0
    assert told["same_topic_by_chance"] == 0.5


def test_it_says_what_is_missing(db, labels) -> None:
    labels.write_text("id,topic\n2311.00001,agents\n")
    with pytest.raises(CommandError, match="No paper is stored"):
        call_command("evaluate_search", labels)
