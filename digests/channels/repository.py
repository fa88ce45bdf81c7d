"""The digest's Markdown as a commit in a git repository, by git itself, in a folder that is gone afterwards.

Where others push meanwhile, what they pushed is fetched and the commit is made again on top of it. git gets no shell,
no hooks, no symbolic links and no prompt, and only protocols that run nothing here.
"""

import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from django.conf import settings

from digests.channels.errors import ChannelRefused, ChannelUnavailable
from digests.export import export_digest
from digests.models import Digest, Posting

TIMEOUT = 60  # seconds for one command of git's
PUSHES = 5  # attempts while others push
_SAFE = ("-c", "core.hooksPath=/dev/null", "-c", "core.symlinks=false", "-c", "protocol.ext.allow=never")
_ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh", "LC_ALL": "C"}


class _GitFailed(ChannelUnavailable):
    """git ended with an error."""


def send(digest: Digest, posting: Posting) -> str:
    """Commit and push it. Raises ChannelUnavailable, ChannelRefused."""
    with TemporaryDirectory(prefix="galley-git-") as folder:
        clone = _Clone(Path(folder))
        for _ in range(PUSHES):
            if not clone.commit(digest, posting.occasion):
                return f"{clone.place} says that already on {settings.GIT_BRANCH}."
            if clone.push():
                return f"{clone.place} is commit {clone.run('rev-parse', '--short', 'HEAD').strip()}."
    raise ChannelUnavailable(f"Others pushed to {settings.GIT_BRANCH} each of the {PUSHES} times.")


def rehearse(digest: Digest) -> str:
    with TemporaryDirectory(prefix="galley-git-") as folder:
        clone = _Clone(Path(folder))
        if not clone.commit(digest, Posting.Occasion.PUBLISHED):
            return f"Would change nothing: {clone.place} says that already on {settings.GIT_BRANCH}."
        changed = clone.run("show", "--stat", "--format=", "HEAD").strip().splitlines()
        return f"Would push to {settings.GIT_BRANCH}: {'; '.join(line.strip() for line in changed)}."


class _Clone:
    """A shallow copy of the branch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = ""
        self.remote, self.branch = settings.GIT_REPOSITORY, settings.GIT_BRANCH
        self.run("init", "--quiet")
        try:
            self.run("check-ref-format", f"refs/heads/{self.branch}")
        except _GitFailed as error:
            raise ChannelRefused(f"GIT_BRANCH can't be a branch's name: “{self.branch}”.") from error

    def commit(self, digest: Digest, occasion: str) -> bool:
        """Commit the file on top of what the repository has now. False where it says that already."""
        self._fetch()
        made = export_digest(digest, settings.GIT_FORMAT)
        path = self._path(digest, made.filename)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(made.content)
        except OSError as error:
            raise ChannelRefused(
                f"{self.place} can't be written: the repository holds something else there."
            ) from error
        self.run("add", "--", self.place)
        if not self.run("status", "--porcelain", "--", self.place):
            return False
        name, _, address = settings.GIT_AUTHOR.rpartition(" <")
        person = ("-c", f"user.name={name}", "-c", f"user.email={address.rstrip('>')}")
        verb = "Publish" if occasion == Posting.Occasion.PUBLISHED else "Correct"
        message = f"{verb} {digest.series.slug} {digest.week}\n\n{digest.headline}\n"
        self.run(*person, "commit", "--quiet", "--cleanup=verbatim", "--message", message)
        return True

    def push(self) -> bool:
        """False where the branch has moved on meanwhile."""
        try:
            self.run("push", "--quiet", "--", self.remote, f"HEAD:refs/heads/{self.branch}")
        except _GitFailed as error:
            if any(sign in str(error) for sign in ("[rejected]", "fetch first", "non-fast-forward", "cannot lock ref")):
                return False
            raise
        return True

    def _fetch(self) -> None:
        """Stand on the branch as it is there now; on nothing, where it isn't there yet."""
        try:
            self.run("fetch", "--quiet", "--depth", "1", "--", self.remote, f"refs/heads/{self.branch}")
        except _GitFailed as error:
            if "couldn't find remote ref" not in str(error):
                raise
            return
        self.run("reset", "--quiet", "--hard", "FETCH_HEAD")

    def _path(self, digest: Digest, filename: str) -> Path:
        """Where the file goes: GIT_PATH, filled in. Raises ChannelRefused where that leads out of the repository."""
        year, week = digest.week.year, str(digest.week)
        try:
            self.place = settings.GIT_PATH.format(series=digest.series.slug, week=week, year=year, file=filename)
        except (KeyError, IndexError, AttributeError, ValueError) as error:
            raise ChannelRefused("GIT_PATH may name {series}, {week}, {year} and {file}, and nothing else.") from error
        parts = Path(self.place).parts
        if Path(self.place).is_absolute() or ".." in parts or ".git" in parts or not parts:
            raise ChannelRefused(f"GIT_PATH leads out of the repository: “{self.place}”.")
        return self.folder / self.place

    def run(self, *arguments: str) -> str:
        """What git says. Raises ChannelUnavailable with what it complains of, without any password."""
        try:
            done = subprocess.run(  # noqa: S603  no shell, and nothing of a digest's is an option
                ["git", *_SAFE, *arguments],  # noqa: S607  whichever git the system has
                cwd=self.folder,
                env={**os.environ, **_ENVIRONMENT},
                capture_output=True,
                text=True,
                errors="replace",
                timeout=TIMEOUT,
                check=False,
            )
        except FileNotFoundError as error:
            raise ChannelRefused("git isn't installed here.") from error
        except subprocess.TimeoutExpired as error:
            raise ChannelUnavailable(f"git {arguments[0]} took more than {TIMEOUT} seconds.") from error
        if done.returncode:
            raise _GitFailed(f"git {arguments[0]}: {self._scrubbed(done.stderr)}")
        return done.stdout

    def _scrubbed(self, text: str) -> str:
        parts = urlsplit(self.remote)
        secret = parts.netloc.rpartition("@")[0] if parts.scheme else ""
        said = " ".join(text.split())[:400] or "failed without a word"
        return said.replace(f"{secret}@", "") if secret else said
