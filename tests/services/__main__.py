"""Run a command beside a PostgreSQL and a Redis of its own: `python -m tests.services pytest …`.

Both listen on free loopback ports, keep their data in a temporary folder, and are stopped at the end. The command
finds them in DATABASE_URL and CELERY_BROKER_URL.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"{process.args} ended with status {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"{process.args} didn't open port {port} within {seconds} s")


@contextmanager
def running(*command: str, port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_for(port, process)
        yield
    finally:
        # SIGINT is PostgreSQL's fast shutdown; Redis takes it as its own.
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=30)


def postgres_programs() -> Path | None:
    """The folder of Debian's newest PostgreSQL, or of the one on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return Path(on_path).resolve().parent if on_path else None


@contextmanager
def postgres(programs: Path, folder: Path) -> Iterator[str]:
    """A PostgreSQL server. It refuses to run as root, so root becomes the user that Debian's package made."""
    as_user: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    data, port = folder / "data", free_port()
    subprocess.run(
        [*as_user, programs / "initdb", "-D", data, "-U", "galley", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    server = [*as_user, str(programs / "postgres"), "-D", str(data), "-k", str(folder), "-h", "127.0.0.1"]
    with running(*server, "-p", str(port), "-c", "fsync=off", port=port):
        yield f"postgres://galley@127.0.0.1:{port}/postgres"


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    port = free_port()
    with running(
        "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", port=port
    ):
        yield f"redis://127.0.0.1:{port}/0"


def main(command: list[str]) -> int:
    programs = postgres_programs()
    if programs is None or shutil.which("redis-server") is None:
        print("SKIPPED: PostgreSQL or Redis is missing, so the suite did not run on them.")
        return 1 if os.environ.get("GALLEY_REQUIRE_ALL") else 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="galley-services-")))
        folder.chmod(0o755)
        (folder / "postgres").mkdir()
        environment = os.environ | {
            "DATABASE_URL": stack.enter_context(postgres(programs, folder / "postgres")),
            "CELERY_BROKER_URL": stack.enter_context(redis(folder)),
            "DATA_DIR": str(folder / "galley"),
        }
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
