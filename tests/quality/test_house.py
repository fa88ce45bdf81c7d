"""What holds for the house as a whole."""

import re
import subprocess
import sys
from pathlib import Path

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


def test_a_missing_secret_key_is_told_in_one_sentence_and_fails(tmp_path):
    result = subprocess.run(
        [sys.executable, str(REPO / "manage.py"), "check"],
        env={"PATH": "", "SECRET_KEY": "", "DATA_DIR": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "SECRET_KEY is not set" in result.stderr
    assert "Traceback" not in result.stderr


def test_no_module_of_the_product_is_long():
    long = {
        str(path.relative_to(REPO)): lines
        for app in ("tracker", "digests")
        for path in (REPO / app).rglob("*.py")
        if "migrations" not in path.parts and (lines := len(path.read_text().splitlines())) > 420
    }
    assert long == {}
