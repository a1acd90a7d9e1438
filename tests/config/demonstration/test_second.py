"""A second demonstration beside a running one."""

import fcntl

import pytest
from django.core.management import CommandError, call_command

from config.management.commands import demo


def test_a_second_demonstration_leaves_the_first_one_its_database(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "VAR", tmp_path)
    monkeypatch.setattr(demo, "demo_database", lambda: pytest.fail("the database was taken away"))
    with (tmp_path / "demo.lock").open("a") as running:
        fcntl.flock(running, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match=r"演示正在运行：\S.* \(\d+\)。请先停止它"):
            call_command("demo", "--no-serve", "--bikes", "5000")
