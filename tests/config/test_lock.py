"""The locks: one version of each package, and nothing of where it was fetched."""

import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

LOCKS = ("requirements.txt", "requirements-dev.txt")
SOUND = "django==5.2.1\nunfold==0.91\n"
FORKED = {
    "by Python": "unfold==0.91 ; python_full_version < '3.12'\nunfold==0.110 ; python_full_version >= '3.12'\n",
    "by platform": "unfold==0.91 ; sys_platform == 'linux'\nunfold==0.110 ; sys_platform != 'linux'\n",
    "with an extra": "unfold[forms]==0.91 ; python_full_version < '3.12'\nunfold==0.110 ; python_full_version >= '3.12'\n",
}


def tidy(folder: Path, *locks: str) -> "subprocess.CompletedProcess[str]":
    """What `.ci/tidy` says of locks with these texts."""
    for name, text in zip(LOCKS, locks, strict=True):
        (folder / name).write_text(text)
    return subprocess.run(
        ["/bin/sh", ".ci/tidy", *(str(folder / name) for name in LOCKS)],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("lines", FORKED.values(), ids=FORKED)
@pytest.mark.parametrize("of", LOCKS)
def test_a_lock_that_holds_a_package_twice_is_refused(tmp_path, of, lines):
    forked = SOUND.replace("unfold==0.91\n", lines)
    done = tidy(tmp_path, *(forked if name == of else SOUND for name in LOCKS))
    assert done.returncode == 1
    assert f"{of} holds more than one version of: unfold" in done.stdout


def test_locks_with_one_version_of_each_are_fine(tmp_path):
    done = tidy(tmp_path, SOUND, SOUND)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index(name):
    text = (settings.BASE_DIR / name).read_text()
    assert re.findall(r"https?://\S+|--(?:extra-)?index-url", text) == []


def test_the_image_runs_the_python_that_the_project_promises():
    """Continuous integration runs the tests on the oldest one that pyproject.toml names; so does the image."""
    (oldest,) = re.findall(
        r'requires-python = ">=([\d.]+)"', Path(settings.BASE_DIR, "pyproject.toml").read_text()
    )
    images = re.findall(
        r"^FROM python:([\d.]+)-slim", Path(settings.BASE_DIR, "Dockerfile").read_text(), re.MULTILINE
    )
    assert set(images) == {oldest}
