"""Production refuses what is unsafe: each fault is an error with a sentence, and no secret in it."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from config.checks import database_check, role_faults, settings_check
from core.signing.sm2 import new_key
from tests.console import owning, sql


def key(length=32) -> str:
    return base64.b64encode(os.urandom(length)).decode()


SAFE = {
    "PRODUCTION": True, "DEBUG": False, "STAFF_TWO_FACTOR": True, "OWNER_TWO_FACTOR": True,
    "ALLOWED_HOSTS": ["subsidy.gongshu.gov.cn", "localhost"],
    "SECRET_KEY": key(48),
    "FIELD_KEYS": f"2:sm4:{key(16)},1:sm4:{key(16)}",
    "INDEX_KEYS": f"1:{key()}",
    "DECISION_KEYS": f"1:{key()}",
    "NUMBER_KEY": key(),
    "SIGNING_KEYS": f"{new_key('heads')},{new_key('operator')}",
    "OPERATOR_SIGNED": True,
    "OPERATOR_PUBLIC_KEY": new_key("theirs").split(":")[2],
    "STUB_SIGNING_KEY": "",
    "PAYER_WALLET": "0021000000000001", "RECOVERY_ACCOUNT": "拱墅区财政局 工商银行 1202",
    **{f"{name}_URL": f"https://{name.lower()}.zj.gov.cn" for name in ("EXING", "YUNSHENLING", "ECNY", "SMS")},
    **{f"{name}_TOKEN": key(24) for name in ("EXING", "YUNSHENLING", "ECNY", "SMS")},
}  # fmt: skip


@pytest.fixture
def found(settings, monkeypatch):
    """The errors with settings that differ from safe ones."""
    monkeypatch.delenv("COMPOSE_PROFILES", raising=False)

    def check(**differs):
        for name, value in {**SAFE, **differs}.items():
            setattr(settings, name, value)
        return settings_check(None)

    return check


def test_what_is_safe_is_let_through(found):
    assert found() == []


@pytest.mark.parametrize(
    ("differs", "number", "named"),
    [
        ({"DEBUG": True}, "E001", "DEBUG"),
        ({"STAFF_TWO_FACTOR": False}, "E002", "STAFF_TWO_FACTOR"),
        ({"PRODUCTION": False}, "E003", "PRODUCTION"),
        ({"OWNER_TWO_FACTOR": False}, "E004", "OWNER_TWO_FACTOR"),
        *[
            ({f"{n}_URL": "http://x.zj.gov.cn"}, "E010", f"{n}_URL")
            for n in ("EXING", "YUNSHENLING", "ECNY", "SMS")
        ],
        ({"SMS_URL": ""}, "E010", "SMS_URL"),
        ({"ECNY_URL": "https://stub:9100"}, "E011", "ECNY_URL"),
        ({"EXING_URL": "https://127.0.0.1:9100"}, "E011", "EXING_URL"),
        ({"STUB_SIGNING_KEY": new_key("stub")}, "E011", "STUB_SIGNING_KEY"),
        ({"ECNY_TOKEN": "change-me"}, "E020", "ECNY_TOKEN"),
        ({"FIELD_KEYS": "1:sm4:change-me"}, "E020", "FIELD_KEYS"),
        ({"PAYER_WALLET": "0000000000000000"}, "E020", "PAYER_WALLET"),
        ({"RECOVERY_ACCOUNT": "户名、开户银行、账号"}, "E020", "RECOVERY_ACCOUNT"),
        ({"RECOVERY_ACCOUNT": ""}, "E020", "RECOVERY_ACCOUNT"),
        ({"ALLOWED_HOSTS": ["subsidy.example.org"]}, "E020", "ALLOWED_HOSTS"),
        ({"SECRET_KEY": "short-but-random-9fk2"}, "E030", "SECRET_KEY"),
        ({"SECRET_KEY": "ab" * 40}, "E030", "SECRET_KEY"),
        ({"SMS_TOKEN": "abc"}, "E031", "SMS_TOKEN"),
        ({"SMS_TOKEN": SAFE["ECNY_TOKEN"]}, "E032", "ECNY_TOKEN, SMS_TOKEN"),
        ({"NUMBER_KEY": SAFE["INDEX_KEYS"][2:]}, "E033", "NUMBER_KEY, INDEX_KEYS 1"),
        ({"FIELD_KEYS": f"1:aes:{SAFE['NUMBER_KEY']}"}, "E033", "NUMBER_KEY, FIELD_KEYS 1"),
        ({"SMS_TOKEN": SAFE["SECRET_KEY"]}, "E033", "SECRET_KEY, SMS_TOKEN"),
        ({"SIGNING_KEYS": ",".join(f"{p}:{new_key('x')[2:]}" for p in ("heads",))}, "E041", "operator"),
        ({"SIGNING_KEYS": "heads:00:11"}, "E041", "SIGNING_KEYS"),
        ({"OPERATOR_SIGNED": False}, "E040", "OPERATOR_SIGNED"),
        ({"OPERATOR_PUBLIC_KEY": ""}, "E040", "OPERATOR_PUBLIC_KEY"),
        ({"OPERATOR_PUBLIC_KEY": SAFE["SIGNING_KEYS"].split(":")[-1]}, "E042", "OPERATOR_PUBLIC_KEY"),
    ],
)
def test_what_is_unsafe_is_an_error_that_names_it_and_shows_no_secret(found, differs, number, named):
    errors = found(**differs)
    said = [error.msg for error in errors if error.id == f"ebikes.{number}"]
    assert any(named in sentence for sentence in said), errors
    kept = {
        name: value for name, value in {**SAFE, **differs}.items() if name.endswith(("KEY", "KEYS", "TOKEN"))
    }
    secrets = [value for value in kept.values() if isinstance(value, str)]
    assert not [each for each in secrets for sentence in said if len(each) > 12 and each in sentence]


def test_two_purposes_signed_by_one_key_are_found(found):
    private = new_key("x")[2:]
    assert [e.id for e in found(SIGNING_KEYS=f"heads:{private},operator:{private}")] == ["ebikes.E033"]


def test_the_stub_that_compose_would_start_is_found(found, monkeypatch):
    found()
    monkeypatch.setenv("COMPOSE_PROFILES", "stub")
    assert [error.id for error in settings_check(None)] == ["ebikes.E011"]


def test_the_example_s_own_file_is_refused_as_a_whole(tmp_path):
    """Whoever copies .env.example and starts: `check --deploy` ends with an error."""
    example = Path(".env.example").read_text(encoding="utf-8").splitlines()
    lines = [line for line in example if "=" in line and not line.startswith("#")]
    told = dict(line.strip().split("=", 1) for line in lines) | {"PRODUCTION": "1"}
    ended = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy"],
        env={"PATH": os.environ["PATH"], **told}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode != 0
    assert "example" in ended.stderr


# ------------------------------------------------------------------ the database's role


def asked():
    """Of the role that tests have, which is the workers'."""
    return [error.id for error in database_check(None, databases=["default"])]


@pytest.mark.django_db
def test_the_application_s_role_is_let_through_and_the_owner_s_is_not():
    assert asked() == []
    with owning():
        assert asked() == ["ebikes.E051", "ebikes.E052", "ebikes.E053"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "grant", ["GRANT CREATE ON SCHEMA public TO ebike_app", "GRANT TEMP ON DATABASE {db} TO ebike_app"]
)
def test_a_role_that_makes_tables_of_its_own_is_refused(grant):
    with owning():
        sql(grant.format(db=f'"{connection.settings_dict["NAME"]}"'))
    assert asked() == ["ebikes.E053"]


@pytest.mark.parametrize("superuser", [True, False])
def test_a_role_that_nothing_holds_is_refused(superuser):
    powers = role_faults(superuser, not superuser, True, False, False, False)
    assert [number for number, _text in powers] == ["E050"]


def test_without_being_told_the_database_is_not_asked():
    assert database_check(None, databases=None) == []
