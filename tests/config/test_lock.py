"""The locks: one version of each package, and nothing of where it was fetched."""

import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

LOCKS = ("requirements.txt", "requirements-dev.txt")
FORKED = "unfold==0.91 ; python_full_version < '3.12'\nunfold==0.110 ; python_full_version >= '3.12'\n"


def tidy(lock: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["/bin/sh", ".ci/tidy", str(lock)], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )


def test_a_lock_that_holds_a_package_twice_is_refused(tmp_path):
    lock = tmp_path / "requirements.txt"
    lock.write_text(f"django==5.2.1\n{FORKED}")
    done = tidy(lock)
    assert done.returncode == 1
    assert "more than one version of: unfold" in done.stdout


def test_a_lock_with_one_version_of_each_is_fine(tmp_path):
    lock = tmp_path / "requirements.txt"
    lock.write_text("django==5.2.1\nunfold==0.91\n")
    assert "more than one version" not in tidy(lock).stdout


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
