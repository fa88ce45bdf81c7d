"""What holds for the house as a whole."""

import doctest
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings

REPO = Path(settings.BASE_DIR)


def test_every_setting_read_from_the_environment_stands_in_the_readme():
    source = (REPO / "tracker/config/settings.py").read_text()
    names = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source))
    readme = (REPO / "README.md").read_text()
    assert names
    assert {name for name in names if f"| `{name}` |" not in readme} == set()


def test_every_command_stands_in_the_readme():
    commands = {path.stem for path in REPO.glob("*/management/commands/[a-z]*.py")}
    readme = (REPO / "README.md").read_text()
    assert commands
    assert {name for name in commands if f"manage.py {name}" not in readme} == set()


def check_with(folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """`manage.py check` with these settings alone (and whatever stands in `.env`)."""
    return subprocess.run(
        [sys.executable, str(REPO / "manage.py"), "check"],
        env={"PATH": "", "SECRET_KEY": "x" * 50, "DATA_DIR": str(folder), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SECRET_KEY", "", "SECRET_KEY is not set"),
        ("DATABASE_URL", "nonsense", "DATABASE_URL is no address of a database"),
        ("DATABASE_URL", "mysql://a/b", "DATABASE_URL must name PostgreSQL"),
        ("DATA_DIR", "/dev/null", "DATA_DIR names /dev/null, where Galley can't write"),
        ("ARXIV_INTERVAL", "soon", "ARXIV_INTERVAL: Not a valid number"),
        ("SITE_URL", "galley", "SITE_URL: Not a web address"),
        ("CELERY_BROKER_URL", "sqs://x", "CELERY_BROKER_URL: Not redis://…, amqp://… or empty."),
        ("LOG_LEVEL", "loud", "LOG_LEVEL: Not a valid log level"),
        ("EMAIL_URL", "nonsense", "EMAIL_URL: Not smtp://…"),
        ("MAIL_FROM", "nobody", "MAIL_FROM: Not name@host"),
    ],
)
def test_a_setting_that_makes_no_sense_is_told_in_one_sentence_and_fails(tmp_path, name, value, sentence):
    result = check_with(tmp_path, **{name: value})
    assert result.returncode != 0
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_an_empty_setting_counts_as_none(tmp_path):
    result = check_with(tmp_path, DATABASE_URL="", CELERY_BROKER_URL="", ENCODER_MODEL="")
    assert result.returncode == 0, result.stderr


def test_no_module_of_the_product_is_long():
    long = {
        str(path.relative_to(REPO)): lines
        for app in ("tracker", "digests")
        for path in (REPO / app).rglob("*.py")
        if "migrations" not in path.parts and (lines := len(path.read_text().splitlines())) > 420
    }
    assert long == {}


WITH_EXAMPLES = [
    path for app in ("tracker", "digests") for path in (REPO / app).rglob("*.py") if ">>> " in path.read_text()
]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: path.stem)
def test_examples_in_docstrings_are_true(path):
    module = import_module(".".join(path.relative_to(REPO).with_suffix("").parts))
    result = doctest.testmod(module)
    assert (result.failed, result.attempted > 0) == (0, True)
