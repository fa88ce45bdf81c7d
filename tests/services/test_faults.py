"""A killed and restarted weekly run ends as one that nobody touched; `python -m tests.faults` shows it at length."""

from tests import faults
from tests.installation import REPO


def test_killed_runs_end_like_an_undisturbed_one(tmp_path):
    file, week = REPO / "digests/sample_week/papers.jsonl", "2023-W47"
    expected, seconds = faults.undisturbed(tmp_path / "undisturbed", file, week)
    found, hit = faults.disturbed(tmp_path / "disturbed", file, week, kills=3, seconds=seconds, seed=1)
    assert hit > 0
    assert expected["embeddings"][0] == 60
    assert found == expected
