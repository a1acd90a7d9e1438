"""Who holds a lock on a file, told to whoever has to wait for them."""

from pathlib import Path


def who_holds(lock: Path) -> list[str]:
    """Each process with a `flock` on this file: its command line and number; none where the system does not say."""
    try:
        inode, locks = lock.stat().st_ino, Path("/proc/locks").read_text()
    except OSError:
        return []
    held = (line.split() for line in locks.splitlines())
    pids = {int(each[4]) for each in held if each[1] == "FLOCK" and each[5].rpartition(":")[2] == str(inode)}
    return [f"{_command(pid)} ({pid})" for pid in sorted(pids) if pid > 0]


def _command(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "?"
    named = (Path(word).name if number < 2 else word for number, word in enumerate(filter(None, words)))
    return " ".join(" ".join(named).split())[:100]
