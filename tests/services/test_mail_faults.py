"""Killed workers and a killed server lose and double no mail; `python -m tests.mail_faults` shows it at length."""

from collections import Counter

from tests import mail_faults


def test_killed_workers_and_servers_lose_and_double_no_mail(tmp_path):
    result = mail_faults.trial(tmp_path / "trial", subscribers=150, workers=2, seed=1, most_kills=4)
    assert result.kills > 0
    assert {what: count for what, count in result.wrong.items() if count} == {}
    states = Counter(result.states.values())
    assert states["sent"] + states["unknown"] + states["cancelled"] == 150
    assert states["unknown"] <= result.kills + result.server_kills
