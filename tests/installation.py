"""A Galley of its own, in a temporary folder, with real processes: for tests that need more than one."""

import os
import secrets
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit

import psycopg

from tests.services.__main__ import free_port

REPO = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


class Installation:
    """One installation: its environment, its commands, its processes.

    Its database is a file in `folder`, or, where DATABASE_URL names PostgreSQL, a new database on that server. Its
    broker is the embedded one, or the one that CELERY_BROKER_URL names.
    """

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.database = os.environ.get("DATABASE_URL", "")
        self.environment = os.environ | {
            "SECRET_KEY": "for-tests-only-" + "x" * 40,
            "DATA_DIR": str(folder),
            "DATABASE_URL": f"sqlite:///{folder / 'galley.sqlite3'}",
            "ARXIV_API_URL": "http://127.0.0.1:9/api/query",  # nobody listens there
            "ARXIV_INTERVAL": "0.01",
            "DEBUG": "false",
            **settings,
        }
        self.environment.pop("DJANGO_SETTINGS_MODULE", None)
        broker = urlsplit(os.environ.get("CELERY_BROKER_URL", ""))
        if broker.scheme == "redis":  # tests that run beside this one have workers of their own
            number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) + 1
            self.environment["CELERY_BROKER_URL"] = broker._replace(path=f"/{number}").geturl()
        if self.database.startswith("postgres"):
            self.environment["DATABASE_URL"] = self._create_database()

    def _create_database(self) -> str:
        name = f"galley_{secrets.token_hex(4)}"
        with psycopg.connect(self.database, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name}")
        return urlsplit(self.database)._replace(path=f"/{name}").geturl()

    def manage(self, *arguments: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=REPO,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a process that goes on beside the test, in a process group of its own."""
        log = (self.folder / f"{Path(command[0]).name}-{command[1]}.log").open("ab")
        return subprocess.Popen(command, cwd=REPO, env=self.environment, stdout=log, stderr=log, start_new_session=True)

    @contextmanager
    def running(self, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        process = self.start(*command)
        try:
            yield process
        finally:
            stop(process)

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        with self.running(
            *(str(BIN / "celery"), "--app", "tracker.config", "worker", "--queues", "harvest,compute"),
            *("--concurrency", "1", "--loglevel", "INFO"),
        ) as process:
            yield process

    @contextmanager
    def site(self) -> Iterator[str]:
        """The web server; gives its address."""
        port = free_port()
        collected = self.manage("collectstatic", "--no-input", "--verbosity", "0")
        assert collected.returncode == 0, collected.stderr
        with self.running(*web_command(port)):
            address = f"http://127.0.0.1:{port}"
            wait_until(lambda: answers(address), 30, f"{address} to answer")
            yield address


def web_command(port: int) -> list[str]:
    """What `Procfile` starts as the web server, at that port."""
    [line] = [line for line in (REPO / "Procfile").read_text().splitlines() if line.startswith("web:")]
    _, *arguments = shlex.split(line.removeprefix("web:").replace("$PORT", str(port)))
    return [str(BIN / "gunicorn"), *arguments]


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as response:
            return bool(response.status == 200)
    except (URLError, ConnectionError, TimeoutError):
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a process and its children to end, then make them."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=20)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def wait_until(condition, seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s in vain for {what}"
        time.sleep(0.2)


@contextmanager
def everything(installation: Installation) -> Iterator[str]:
    """Site and worker together; gives the site's address."""
    with ExitStack() as stack:
        stack.enter_context(installation.worker())
        yield stack.enter_context(installation.site())
