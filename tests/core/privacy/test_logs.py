"""Nobody stands in the log, whatever failed."""

import logging
import sys

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test import RequestFactory
from django.views.debug import get_exception_reporter_class

from config.servers import postgres
from core.privacy.logs import ScrubbingFormatter
from tests.factories import MerchantFactory

ID_NO, PHONE = "33010519491231002X", "13912345678"


def line(error):
    try:
        raise error
    except Exception:
        return formatted("it failed")


def formatted(message, *args):
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, message, args, sys.exc_info())
    return ScrubbingFormatter("%(message)s").format(record)


@pytest.mark.parametrize("text", [ID_NO, PHONE, f"+86{PHONE}", f"查 {ID_NO}，{PHONE}"])
def test_numbers_of_people_stay_out(text):
    for said in (formatted("%s", text), line(ValueError(text))):
        assert ID_NO not in said
        assert PHONE not in said


def test_numbers_of_records_stay():
    assert formatted("batch %s %s", "TH202200000001", 7) == "batch TH202200000001 7"


@pytest.mark.django_db
def test_of_what_the_database_refused_only_its_kind_is_told():
    shop = MerchantFactory(name="欧阳娜娜车行", uscc="913301050000000777")
    said = []
    for statement, values in (
        (
            "INSERT INTO merchants_merchant (uscc, name, subdistrict) VALUES (%s, %s, '')",
            [shop.uscc, shop.name],
        ),
        ("SELECT %s::int", ["欧阳娜娜"]),
    ):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement, values)
        except (IntegrityError, DataError):
            said.append((logging.Formatter().formatException(sys.exc_info()), formatted("refused")))
    assert all("欧阳娜娜" in plain or shop.uscc in plain for plain, _scrubbed in said)
    said = [scrubbed for _plain, scrubbed in said]
    assert len(said) == 2
    assert not [text for text in said if "欧阳娜娜" in text or shop.uscc in text]
    assert "SQLSTATE 23505" in said[0]
    assert "test_logs.py" in said[0]


@pytest.mark.django_db
def test_the_database_itself_writes_nothing_of_a_statement_that_failed():
    since = postgres.LOG.stat().st_size if postgres.LOG.exists() else 0
    secret = "欧阳娜娜33010519491231002X"
    shop = MerchantFactory(name=secret, uscc="913301050000000778")
    for statement in (
        f"INSERT INTO merchants_merchant (uscc, name, subdistrict) VALUES ('{shop.uscc}', '{secret}', '')",
        f'SELECT 1/0 AS "{secret}"',
    ):
        with pytest.raises((IntegrityError, DataError)), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with postgres.LOG.open("rb") as log:
        log.seek(since)
        written = log.read().decode()
    assert "duplicate key" in written
    assert secret not in written
    assert shop.uscc not in written


def test_a_report_of_an_error_tells_neither_the_form_nor_a_variable(settings):
    settings.DEBUG = True
    request = RequestFactory().post("/", {"id_no": ID_NO}, HTTP_COOKIE="sessionid=" + "abcd" * 2)
    try:
        number = ID_NO
        raise ValueError("out of luck")
    except ValueError as error:
        reporter = get_exception_reporter_class(request)(request, type(error), error, error.__traceback__)
        told = reporter.get_traceback_html() + reporter.get_traceback_text()
    assert number not in told.replace("number = ID_NO", "")
    assert "abcd" * 2 not in told
