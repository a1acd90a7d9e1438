"""Wrong keys are refused before they split people: at the first connection of whatever process has them."""

import base64
import os
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection, transaction

from config.servers import addresses
from core.keys.recognised import WrongKey, refuse_wrong_keys
from core.models import KnownKey
from tests.console import tamper

pytestmark = pytest.mark.django_db


def key(length=32) -> str:
    return base64.b64encode(os.urandom(length)).decode()


@pytest.fixture(autouse=True)
def known(settings):
    """The keys of this database are known."""
    with transaction.atomic():
        tamper("DELETE FROM core_knownkey")
    refuse_wrong_keys(connection)


def test_at_first_the_keys_are_written_down_as_what_recognises_them(settings):
    assert set(KnownKey.objects.values_list("ring", "number", "in_force")) == {
        ("field", 1, False), ("index", 1, True), ("decision", 1, False), ("number", 1, False),
    }  # fmt: skip
    kept = b"".join(bytes(check) for check in KnownKey.objects.values_list("check_value", flat=True))
    secret = base64.b64decode(settings.FIELD_KEYS.split(":")[2])
    assert len(kept) == 4 * 8
    assert secret[:4] not in kept


def test_the_same_keys_are_let_in_as_often_as_they_come():
    refuse_wrong_keys(connection)
    assert KnownKey.objects.count() == 4


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("FIELD_KEYS", f"1:sm4:{key(16)}"),
        ("FIELD_KEYS", f"1:aes:{key()}"),
        ("INDEX_KEYS", f"1:{key()}"),
        ("NUMBER_KEY", key()),
    ],
    ids=["field key", "another cipher", "index key", "number key"],
)
def test_another_key_under_a_known_number_is_refused_and_named(settings, name, text):
    setattr(settings, name, text)
    with pytest.raises(WrongKey, match=name) as refused:
        refuse_wrong_keys(connection)
    assert text.split(":")[-1] not in str(refused.value)


def test_a_key_that_still_opens_something_may_not_be_missing(settings):
    settings.FIELD_KEYS = f"2:sm4:{key(16)}"
    with pytest.raises(WrongKey, match="rotate_keys"):
        refuse_wrong_keys(connection)
    KnownKey.objects.filter(ring="field", number=1).update(retired_at="2026-01-01T00:00Z")
    refuse_wrong_keys(connection)
    settings.FIELD_KEYS = f"1:sm4:{key(16)}"
    with pytest.raises(WrongKey, match="FIELD_KEYS"):
        refuse_wrong_keys(connection)


def test_a_key_that_was_given_up_seals_nothing_more(settings):
    settings.FIELD_KEYS = f"{settings.FIELD_KEYS},2:sm4:{key(16)}"
    refuse_wrong_keys(connection)
    KnownKey.objects.filter(ring="field", number=1).update(retired_at="2026-01-01T00:00Z")
    with pytest.raises(WrongKey, match="停用"):
        refuse_wrong_keys(connection)


def test_an_index_key_that_is_not_in_force_looks_for_nothing(settings):
    """It would not find anybody, and make a second person of each."""
    settings.INDEX_KEYS = f"2:{key()},{settings.INDEX_KEYS}"
    with pytest.raises(WrongKey, match="rebuild_indexes"):
        refuse_wrong_keys(connection)
    tamper("DELETE FROM core_knownkey")
    refuse_wrong_keys(connection)
    assert KnownKey.objects.get(in_force=True).number == 2


def test_the_database_takes_no_index_of_another_key(settings):
    from tests.factories import OwnerFactory  # noqa: PLC0415

    settings.INDEX_KEYS = f"2:{key()},{settings.INDEX_KEYS}"
    with pytest.raises(Exception, match="another index key than version 1"):
        OwnerFactory()


@pytest.mark.parametrize(
    "program",
    [
        ["manage.py", "check", "--database", "default"],
        ["-c", "import config.wsgi"],
        [
            "-m",
            "celery",
            "-A",
            "config",
            "worker",
            "--pool",
            "solo",
            "--without-mingle",
            "--without-heartbeat",
        ],
        ["-m", "celery", "-A", "config", "beat"],
        ["manage.py", "verify_ledger"],
    ],
    ids=["check", "web", "worker", "beat", "command"],
)
@pytest.mark.django_db(transaction=True)
def test_no_process_starts_with_a_wrong_key(program, tmp_path):
    refuse_wrong_keys(connection)
    here = urlsplit(addresses().database_url)
    told = {
        **os.environ,
        "DATABASE_URL": urlunsplit(here._replace(path=f"/{connection.settings_dict['NAME']}")),
        "REDIS_URL": "redis://127.0.0.1:1",
        "INDEX_KEYS": f"1:{key()}",
    }
    ended = subprocess.run(
        [sys.executable, *program], env=told, capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode != 0
    assert "INDEX_KEYS 的 1 号密钥" in ended.stderr + ended.stdout
