"""The embedded servers: real ones, in checkouts of their own, through every kind of bad end."""

import os
import re
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from config.servers import Addresses, addresses, running
from tests.config.servers.checkout import Checkout

LONG = Path("a folder with spaces", *["and a name that goes on and on"] * 5)


def has_command(pid: int) -> bool:
    """Whether a process runs; one that ended and that nobody has asked about yet does not."""
    command = Path(f"/proc/{pid}/cmdline")
    return command.exists() and command.read_bytes() != b""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """One checkout for most tests, whose cluster is made once. Its path is long and has spaces."""
    checkout = Checkout(tmp_path_factory.mktemp("servers") / LONG)
    assert len(str(checkout.folder)) > 150
    with checkout.user():
        pass  # so that each test finds a cluster, whichever runs first
    yield checkout
    checkout.servers("stop")
    shutil.rmtree(checkout.sockets)


@pytest.fixture
def checkout(made: Checkout) -> Iterator[Checkout]:
    """The checkout with no server running, before and after."""
    yield made
    made.servers("stop")


def test_a_fresh_checkout_gets_a_real_postgresql_18_and_a_real_valkey_9(checkout: Checkout) -> None:
    with checkout.user():
        assert checkout.generations() == ["18", "9"]
        assert checkout.ask("SELECT current_database(), pg_encoding_to_char(6)") == "ebike UTF8\nTrue"


def test_production_runs_the_same_generations(checkout: Checkout) -> None:
    compose = Path(settings.BASE_DIR, "docker-compose.yml").read_text()
    (postgres,) = re.findall(r"image: postgres:(\d+)$", compose, re.MULTILINE)
    (valkey,) = re.findall(r"image: valkey/valkey:(\d+)$", compose, re.MULTILINE)
    with checkout.user():
        assert checkout.generations() == [postgres, valkey]


def test_postgresql_brings_its_tools_and_extensions(checkout: Checkout) -> None:
    there = "SELECT count(*) FROM pg_available_extensions"
    with checkout.user():
        checkout.ask("CREATE TABLE dumped ()")
        assert "CREATE TABLE public.dumped" in checkout.dump()
        assert checkout.ask(f"{there} WHERE name IN ('btree_gist', 'pg_stat_statements')") == "2\nTrue"


def test_two_copies_of_the_project_never_meet(checkout: Checkout, tmp_path: Path) -> None:
    beside = Checkout(tmp_path / "second copy")
    with checkout.user():
        checkout.ask("CREATE TABLE only_here ()")
        ours = checkout.postmaster, checkout.broker
        with beside.user():
            assert beside.ask("SELECT to_regclass('only_here') IS NULL") == "True\nTrue"
            assert not {beside.postmaster, beside.broker} & set(ours)
        assert checkout.ask("SELECT to_regclass('only_here')") == "only_here\nTrue"
        assert all(has_command(pid) for pid in ours)
    shutil.rmtree(beside.sockets)


def test_what_is_committed_is_on_disk_and_nothing_listens_on_the_network(checkout: Checkout) -> None:
    durable = "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
    network = "SELECT current_setting('listen_addresses') = ''"
    with checkout.user():
        assert checkout.ask(durable) == "on on\nTrue"
        assert checkout.ask(network) == "True\nTrue"
        assert checkout.sockets.stat().st_mode & 0o777 == 0o700


def test_a_second_process_shares_the_servers_and_the_last_to_leave_stops_them(checkout: Checkout) -> None:
    with checkout.user():
        first = checkout.postmaster
        with checkout.user():
            assert checkout.postmaster == first
        assert checkout.ask() == "1\nTrue"
    assert "运行中" not in checkout.servers("status")
    assert not has_command(first)


def test_processes_that_start_at_the_same_moment_agree_on_one_server(checkout: Checkout) -> None:
    together = [checkout.hold() for _ in range(3)]
    assert [process.stdout.readline() for process in together] == ["ready\n"] * 3
    assert checkout.ask() == "1\nTrue"
    for process in together:
        process.communicate()
    assert "运行中" not in checkout.servers("status")


def test_servers_whose_user_was_killed_are_taken_over(checkout: Checkout) -> None:
    with checkout.user() as user:
        orphan = checkout.postmaster
        user.kill()
    assert checkout.ask() == "1\nTrue"
    with checkout.user():
        assert checkout.postmaster == orphan
    assert "运行中" not in checkout.servers("status")


def test_after_everything_was_killed_the_servers_start_again_and_nothing_committed_is_lost(
    checkout: Checkout,
) -> None:
    with checkout.user() as user:
        checkout.ask("CREATE TABLE kept ()")
        os.kill(checkout.postmaster, signal.SIGKILL)
        os.kill(checkout.broker, signal.SIGKILL)
        user.kill()
    with checkout.user():
        assert checkout.ask("SELECT to_regclass('kept')") == "kept\nTrue"


def test_a_stale_number_that_now_belongs_to_another_process_keeps_nothing_from_starting(
    checkout: Checkout,
) -> None:
    with checkout.user() as user:
        os.kill(checkout.postmaster, signal.SIGKILL)
        user.kill()
    pid_file = checkout.folder / "var" / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n" + pid_file.read_text().split("\n", 1)[1])
    with checkout.user():
        assert checkout.ask() == "1\nTrue"


def test_a_server_whose_folder_was_deleted_is_not_mistaken_for_this_one(checkout: Checkout) -> None:
    with checkout.user() as user:
        user.kill()
    deleted = checkout.folder / "deleted"
    (checkout.folder / "var").rename(deleted)
    (deleted / "postgres" / "postmaster.pid").unlink()
    with checkout.user():
        assert checkout.ask("SELECT to_regclass('kept') IS NULL") == "True\nTrue"


def test_servers_that_lost_their_sockets_are_replaced(checkout: Checkout) -> None:
    with checkout.user() as user:
        lost = checkout.postmaster, checkout.broker
        user.kill()
    shutil.rmtree(checkout.sockets)
    with checkout.user():
        assert checkout.ask() == "1\nTrue"
        assert not any(has_command(pid) for pid in lost)


def test_stop_leaves_servers_alone_that_somebody_uses(checkout: Checkout) -> None:
    with checkout.user() as user:
        said = checkout.servers("stop")
        assert f"({user.pid})" in said
        assert "仍有命令在使用服务器" in said
        assert checkout.ask() == "1\nTrue"


def test_a_server_that_cannot_start_says_why_in_its_own_words(checkout: Checkout) -> None:
    configuration = checkout.folder / "var" / "postgres" / "postgresql.conf"
    sound = configuration.read_text()
    configuration.write_text("no_such_setting = on\n")
    try:
        refusal = checkout.whole_refusal()
    finally:
        configuration.write_text(sound)
    assert refusal.startswith("PostgreSQL 未能启动")
    assert 'unrecognized configuration parameter "no_such_setting"' in refusal


def test_data_of_another_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    data = tmp_path / "var" / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("17\n")
    os.chown(data, int(checkout.run("from config.servers.postgres import owner; print(owner())")), -1)
    assert "由 PostgreSQL 17 建立，本项目需要 18" in checkout.refusal()
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]
    shutil.rmtree(checkout.sockets)


def test_a_socket_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    checkout.sockets.symlink_to(elsewhere)
    try:
        assert "不是当前用户的文件夹" in checkout.refusal()
    finally:
        checkout.sockets.unlink()
    assert not any(elsewhere.iterdir())


def test_configured_servers_are_used_and_none_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody@db/ebike")
    monkeypatch.setenv("REDIS_URL", "redis://cache/0")
    monkeypatch.setattr("config.servers._SERVERS", {"DATABASE_URL": None, "REDIS_URL": None})
    with running():
        assert addresses() == Addresses("postgres://somebody@db/ebike", "redis://cache/0")


def test_the_longest_socket_fits_into_an_address(made: Checkout) -> None:
    with socket.socket(socket.AF_UNIX) as probe, pytest.raises(FileNotFoundError):
        probe.connect(str(made.sockets / ".s.PGSQL.5432.lock"))
