"""Where the embedded servers live, and how one sees that they do."""

import hashlib
import importlib.util
import os
import stat
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
VAR = Path(os.environ.get("VAR_DIR") or CHECKOUT / "var").resolve()
START_SECONDS = 60.0
STOP_SECONDS = 30.0
_POLL_SECONDS = 0.02


class EmbeddedServerError(RuntimeError):
    """An embedded server cannot run here. The message is one sentence, then the server's own last words."""


def socket_folder() -> Path:
    """A private directory whose name belongs to this user and this var/. Only computed.

    Not under the checkout, since a unix socket's path has 107 bytes at most; and not under TMPDIR, which may
    be long, and may differ between two terminals.
    """
    name = f"ebike-{os.geteuid()}-{hashlib.sha256(os.fsencode(VAR)).hexdigest()[:12]}"
    tmp = Path("/tmp")  # noqa: S108 - the directory itself is private, and checked by `make_private`
    return (tmp if os.access(tmp, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())) / name


def make_private(folder: Path, *, owner: int) -> None:
    """Make the directory, or see that the one there is no link, not somebody else's, and closed to others."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), owner}:
            raise EmbeddedServerError(f"{folder} 不是当前用户的文件夹，请删除后重试") from None
    os.chown(folder, owner, -1, follow_symlinks=False)
    folder.chmod(0o700)


def wheel(name: str) -> Path:
    """Where a wheel is installed. Only its programs are used, so it is not imported."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(f"没有安装 {name}：请运行 make env，或设置 DATABASE_URL 和 REDIS_URL")
    return Path(spec.origin).parent


def wait(until: Callable[[], bool], *, seconds: float) -> bool:
    """Wait for something to become true; return whether it did in time."""
    deadline = time.monotonic() + seconds
    while not until():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def last_words(log: Path, *, since: int) -> str:
    """The last lines that a server wrote to its log after byte `since`."""
    return "\n".join(log.read_bytes()[since:].decode(errors="replace").splitlines()[-8:])


def living(pid_file: Path, *, mark: str) -> int | None:
    """The process that a pid file names, where it lives and has `mark` on its command line.

    A number alone proves nothing: after a crash or a reboot it may belong to any other process.
    """
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if os.fsencode(mark) in command else None
