"""A local machine's own secrets: made once, readable by nobody else, the same for everybody on it."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.secrets import local_secrets
from config.settings import secret
from core.keys.ring import KeyRing


def test_secrets_are_made_once_and_kept(tmp_path):
    first = local_secrets(tmp_path)
    assert local_secrets(tmp_path) == first
    assert set(first) == {
        "SECRET_KEY",
        "FIELD_KEYS",
        "INDEX_KEYS",
        "DECISION_KEYS",
        "NUMBER_KEY",
        "EXING_TOKEN",
        "YUNSHENLING_TOKEN",
        "ECNY_TOKEN",
        "SMS_TOKEN",
        "STUB_SIGNING_KEY",
        "SIGNING_KEYS",
    }
    assert all(len(value) >= 24 for value in first.values())


def test_a_secret_that_a_newer_version_wants_is_added_and_the_others_stay(tmp_path):
    first = local_secrets(tmp_path)
    (tmp_path / "secrets.json").write_text(json.dumps({"FIELD_KEYS": first["FIELD_KEYS"]}))
    later = local_secrets(tmp_path)
    assert later["FIELD_KEYS"] == first["FIELD_KEYS"]
    assert set(later) == set(first)


def test_a_secret_may_lie_in_a_file_of_its_own(tmp_path, monkeypatch):
    (tmp_path / "keys").write_text("from the file\n")
    monkeypatch.setenv("FIELD_KEYS_FILE", str(tmp_path / "keys"))
    monkeypatch.delenv("FIELD_KEYS", raising=False)
    assert secret("FIELD_KEYS") == "from the file"
    monkeypatch.setenv("FIELD_KEYS_FILE", str(tmp_path / "gone"))
    with pytest.raises(ImproperlyConfigured, match="FIELD_KEYS_FILE"):
        secret("FIELD_KEYS")


def test_two_machines_have_different_ones(tmp_path):
    one, two = local_secrets(tmp_path / "one"), local_secrets(tmp_path / "two")
    assert not set(one.values()) & set(two.values())


def test_the_folder_is_made_where_it_is_missing(tmp_path):
    assert local_secrets(tmp_path / "a" / "b")


def test_nobody_else_may_read_them_and_no_draft_is_left(tmp_path):
    local_secrets(tmp_path)
    (path,) = tmp_path.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_processes_that_start_together_agree(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: local_secrets(tmp_path), range(16)))
    assert all(one == made[0] for one in made)
    assert len(list(tmp_path.iterdir())) == 1


def test_the_field_keys_made_here_are_keys(tmp_path):
    assert KeyRing.parse(local_secrets(tmp_path)["FIELD_KEYS"]).current == 1


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "FIELD_KEYS", "INDEX_KEYS", "DECISION_KEYS", "NUMBER_KEY", "SIGNING_KEYS"]
)
def test_in_production_a_missing_secret_is_an_error_and_none_is_made_up(monkeypatch, name):
    monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("config.settings._made_here", {})
    with pytest.raises(ImproperlyConfigured, match=name):
        secret(name)
