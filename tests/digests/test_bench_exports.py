"""`manage.py bench_exports`: the figures that the docs print."""

import json

import pytest
from django.core.management import call_command

from digests.export import FORMATS


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_can_be_measured(capsys, name):
    call_command("bench_exports", "--one", name, "3", "--json")
    figures = json.loads(capsys.readouterr().out)
    assert figures["first_ms"] > 0
    assert figures["kB"] > 0
