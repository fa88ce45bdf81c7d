"""`manage.py embed`, as an operator meets it."""

import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.encoders import HashingEncoder
from tests.factories import PaperFactory
from tracker.encoder import SHIPPED_MODEL, load
from tracker.management.commands import embed
from tracker.models import Embedding


@pytest.fixture
def hashing(monkeypatch) -> HashingEncoder:
    encoder = HashingEncoder()
    monkeypatch.setattr(embed, "get_encoder", lambda: encoder)
    return encoder


def run(*arguments: str) -> dict[str, object]:
    out = StringIO()
    call_command("embed", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.mark.django_db
def test_it_embeds_all_that_lack_a_vector_then_nothing(hashing: HashingEncoder) -> None:
    PaperFactory.create_batch(3)
    first = run()
    assert (first["model"], first["embedded"], first["current"]) == ("hashing", 3, 3)
    assert run()["embedded"] == 0


@pytest.mark.django_db
def test_it_embeds_only_the_week_asked_for(hashing: HashingEncoder) -> None:
    inside = PaperFactory(announced_on=dt.date(2023, 11, 26))
    PaperFactory(announced_on=dt.date(2023, 11, 27))
    assert run("--week", "2023-W47")["embedded"] == 1
    assert Embedding.objects.get().paper == inside


@pytest.mark.django_db
def test_it_refuses_a_malformed_week(hashing: HashingEncoder) -> None:
    with pytest.raises(CommandError, match="no week"):
        run("--week", "November")


@pytest.mark.django_db
def test_it_refuses_a_week_without_papers(hashing: HashingEncoder) -> None:
    with pytest.raises(CommandError, match="No paper is known to have been announced in 2020-W10"):
        run("--week", "2020-W10")


@pytest.mark.django_db
def test_it_says_in_a_sentence_that_the_model_is_not_there(settings) -> None:
    settings.ENCODER_MODEL = "/no/such/model"
    PaperFactory()
    with pytest.raises(CommandError, match="ENCODER_MODEL names “/no/such/model”"):
        run()
    assert not Embedding.objects.exists()


def test_the_benchmark_compares_the_encoder_with_matrix_multiply(monkeypatch) -> None:
    monkeypatch.setattr(embed, "_ROUNDS", 1)
    monkeypatch.setattr(embed, "_TEXTS_A_ROUND", 4)
    figures = run("--benchmark")
    # Six layers of width 384 and 1,536, 256 tokens: 6 · 256 · (8·384² + 4·384·1536 + 4·256·384).
    assert load(SHIPPED_MODEL).matrix_flops(256) == 6_039_797_760
    assert figures["model"] == SHIPPED_MODEL
    assert 0.05 < figures["ratio"] < 1.5
