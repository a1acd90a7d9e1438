"""Build or update .venv from the lock. Run by the machine's own Python: it needs the standard library only.

It may be interrupted, repeated, and run twice at once. An environment without its stamp is made anew.
"""

import ast
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

VENV = Path(".venv")
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".installed"  # holds what was installed
LOCK = Path("requirements-dev.txt")
# uv does not read pip's settings, and on some machines only those lead to a package index.
SAME_AS_PIP = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}


def main() -> None:
    """Do nothing where all is there; end with one sentence where it cannot be had."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the machine's Python, not the project's
        sys.exit("需要 Python 3.11 或更新版本(可用 PYTHON=python3.12 这样的参数指定)")
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if _installed() == wanted:
        return
    Path("var").mkdir(exist_ok=True)
    with Path("var", "environment.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _installed() == wanted:
            return  # by another process, meanwhile
        if not _installed():
            _make()
        STAMP.unlink(missing_ok=True)
        _install()
        STAMP.write_text(wanted)


def _installed() -> str:
    """What is installed, or nothing where the environment is missing, unfinished, or its Python gone."""
    return STAMP.read_text() if STAMP.exists() and os.access(PYTHON, os.X_OK) else ""


def _make() -> None:
    """Make the environment. Where the machine's venv cannot bring pip along, the machine's own pip serves."""
    for option in ([], ["--without-pip"]):
        shutil.rmtree(VENV, ignore_errors=True)
        if _quietly(sys.executable, "-m", "venv", *option, str(VENV)) is None:
            return
    sys.exit("无法建立 .venv：请先安装 Python 的 venv 模块(Debian:python3-venv)")


def _install() -> None:
    pip = [str(PYTHON), "-m", "pip"]
    if _quietly(*pip, "--version"):
        pip = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    print("正在安装依赖 …", flush=True)  # noqa: T201
    uv = [str(PYTHON), "-m", "uv"]
    failed = _quietly(*uv, "--version") and _quietly(*pip, "install", "--quiet", "uv")
    failed = failed or _quietly(
        *(
            *uv,
            "pip",
            "sync",
            "--quiet",
            "--require-hashes",
            "--compile-bytecode",
        ),  # else each start compiles
        *("--python", str(PYTHON), str(LOCK)),
    )
    if failed and (failed_too := _quietly(*pip, "install", "--quiet", "--require-hashes", "-r", str(LOCK))):
        sys.exit(f"无法安装依赖：\n{failed}\n{failed_too}")


def _quietly(*command: str) -> str | None:
    """Run a command; return what it complained of where it failed."""
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else done.stderr.strip() or done.stdout.strip() or command[-1]


def _environment() -> dict[str, str]:
    """No other environment's variables; for uv, the system's certificates and pip's own settings."""
    foreign = {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_USER"}
    own = {name: value for name, value in os.environ.items() if name not in foreign}
    return {"UV_SYSTEM_CERTS": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **_pip_settings(), **own}


def _pip_settings() -> dict[str, str]:
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    found = {}
    for line in reversed(listed.splitlines()):  # the environment is listed first, and wins
        name, _, value = line.partition("=")
        if variable := SAME_AS_PIP.get(name.rpartition(".")[2]):
            found[variable] = ast.literal_eval(value)
    return found


if __name__ == "__main__":
    main()
