"""What `weekly` and `prepare` say to input that makes no sense, and what they leave alone."""

import pytest
from django.core.management import CommandError, call_command

from digests.models import Digest, WeeklyRun
from tracker.weeks import Week

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "it is empty"), (b"no JSON\n", "it isn't JSON"), (b"{}\n", "no arXiv id"), (b"\0\0", "is no text")],
)
def test_a_file_without_papers_is_told_and_leaves_the_week_as_it_was(series, tmp_path, content, sentence):
    done = WeeklyRun.objects.create(
        series=series, week_start=Week(2023, 47).monday, step=WeeklyRun.Step.DRAFT, state=WeeklyRun.State.DONE
    )
    path = tmp_path / "week.jsonl"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=sentence):
        call_command("weekly", week="2023-W47", file=path)
    assert WeeklyRun.objects.get() == done
    assert WeeklyRun.objects.get().state == WeeklyRun.State.DONE
    assert not Digest.objects.exists()


@pytest.mark.parametrize("port", [-1, 0, 65536])
def test_a_port_that_cannot_be_is_told_before_anything_is_made(series, port, django_user_model):
    with pytest.raises(CommandError, match=f"There is no port {port}"):
        call_command("prepare", port=port)
    assert not django_user_model.objects.exists()
