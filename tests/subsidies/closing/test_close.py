"""A month closes: in order, by two people, and nothing is dated into it afterwards."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from subsidies.closing.selectors.calendar import month_to_close, months_of
from subsidies.closing.services.close import (
    Blocked,
    Decided,
    NoteMissing,
    NotOver,
    OutOfOrder,
    SamePerson,
    Unmapped,
    close_month,
    confirm_close,
    decline_close,
)
from subsidies.closing.services.rules import decide_rule, propose_rule
from subsidies.closing.shipped import ACCOUNTS
from subsidies.ledger.services.append import append_change
from subsidies.models import LedgerEntry, PayoutStop, Period
from subsidies.payouts.services.stops import stop_sending
from tests.console import lay_change, owning, refused, sql, tamper, update
from tests.factories import NOW, UserFactory, local, make_scheme, top_up
from tests.subsidies.closing.conftest import (
    FIRST_OF_NOVEMBER,
    FIRST_OF_OCTOBER,
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
)

pytestmark = pytest.mark.django_db

A_CLOSE = """
    INSERT INTO subsidies_period
        (scheme_id, month, state, sums, last_seq, last_hash, open_items, rules, keep_until, closed_by_id, closed_at, note,
         decision_note)
    SELECT %s, %s, 'closing', '{}', 0, decode(repeat('00', 32), 'hex'), '[]', '{}', '2060-01-01', %s, now(), '', ''
"""


def test_what_the_month_came_to_is_kept_with_it(scheme, pay, close):
    pay()
    period = close()
    assert (period.state, period.month) == ("closed", SEPTEMBER)
    assert period.sums == {
        "fund": {"rows": 1, "fen": 10_000_000},
        "reserve": {"rows": 2, "fen": 50_000},
        "pay": {"rows": 2, "fen": 50_000},
    }
    scheme.refresh_from_db()
    assert (period.last_seq, period.last_hash) == (scheme.ledger_seq, bytes(scheme.ledger_head))
    assert period.keep_until == date(2053, 1, 1)


# ------------------------------------------------------------------ refusals


def test_a_month_that_is_not_over_does_not_close(scheme, closer):
    with pytest.raises(NotOver):
        close_month(scheme=scheme, month=SEPTEMBER, by=closer, now=local("2022-09-30 23:59:59"))


def test_nor_does_the_database_close_one_by_its_own_clock(scheme, closer):
    assert refused(A_CLOSE, scheme.pk, date(2999, 1, 1), closer.pk, because="is not over")


def test_months_close_in_order(scheme, closer):
    with pytest.raises(OutOfOrder):
        close_month(scheme=scheme, month=OCTOBER, by=closer, now=FIRST_OF_NOVEMBER)
    assert refused(A_CLOSE, scheme.pk, OCTOBER, closer.pk, because="close in order")


def test_the_next_month_waits_until_this_one_is_confirmed(scheme, closer):
    close_month(scheme=scheme, month=SEPTEMBER, by=closer, now=FIRST_OF_OCTOBER)
    assert month_to_close(scheme, today=FIRST_OF_NOVEMBER.date()) is None
    with pytest.raises(OutOfOrder):
        close_month(scheme=scheme, month=OCTOBER, by=closer, now=FIRST_OF_NOVEMBER)
    assert refused(A_CLOSE, scheme.pk, OCTOBER, closer.pk, because="close in order")


def test_a_month_closes_once(scheme, close, closer):
    close()
    with pytest.raises(OutOfOrder):
        close_month(scheme=scheme, month=SEPTEMBER, by=closer, now=FIRST_OF_OCTOBER)
    assert refused(A_CLOSE, scheme.pk, SEPTEMBER, closer.pk, because="close in order|a_month_is_closed_once")


def test_months_before_the_first_entry_are_no_months(scheme, closer):
    with pytest.raises(OutOfOrder):
        close_month(scheme=scheme, month=date(2022, 8, 1), by=closer, now=FIRST_OF_OCTOBER)


def test_one_person_does_not_close_alone(scheme, closer):
    period = close_month(scheme=scheme, month=SEPTEMBER, by=closer, now=FIRST_OF_OCTOBER)
    with pytest.raises(SamePerson):
        confirm_close(period=period, by=closer, now=FIRST_OF_OCTOBER)
    alone = f"state = 'closed', decided_by_id = {closer.pk}, decided_at = now()"
    assert refused(update(period, alone), because="a_close_has_two_people")


def test_a_close_begins_with_one_person(scheme, closer):
    assert refused(
        A_CLOSE.replace("'closing'", "'closed'"), scheme.pk, SEPTEMBER, closer.pk, because="one person"
    )


def test_it_is_decided_once(close, confirmer):
    period = close()
    with pytest.raises(Decided):
        confirm_close(period=period, by=confirmer, now=FIRST_OF_OCTOBER)
    with pytest.raises(Decided):
        decline_close(period=period, by=confirmer, now=FIRST_OF_OCTOBER, note="重开")
    for change in (
        "state = 'closing', decided_by_id = NULL, decided_at = NULL",
        "state = 'declined'",
        "note = 'x'",
    ):
        assert refused(update(period, change), because="stays as it was made")


@pytest.mark.parametrize(
    "change",
    [
        "sums = '{}'",
        "last_seq = 1",
        "open_items = '[{}]'",
        "month = '2022-08-01'",
        "keep_until = '2023-01-01'",
    ],
)
def test_what_was_frozen_stays_frozen(scheme, closer, change):
    period = close_month(scheme=scheme, month=SEPTEMBER, by=closer, now=FIRST_OF_OCTOBER)
    assert refused(update(period, change), because="stays as it was made")


def test_what_is_not_confirmed_opens_the_month_again(scheme, closer, confirmer):
    period = close_month(scheme=scheme, month=SEPTEMBER, by=closer, now=FIRST_OF_OCTOBER)
    with pytest.raises(NoteMissing):
        decline_close(period=period, by=confirmer, now=FIRST_OF_OCTOBER, note=" ")
    decline_close(period=period, by=confirmer, now=FIRST_OF_OCTOBER, note="缺一份文件")
    top_up(scheme, 100)
    again = close_month(scheme=scheme, month=SEPTEMBER, by=closer, now=FIRST_OF_OCTOBER)
    assert again.sums["fund"] == {"rows": 2, "fen": 10_000_100}
    assert [each.period for each in months_of(scheme, today=SEPTEMBER)] == [again]


def test_an_open_month_tells_what_it_has_so_far(scheme, close):
    close()
    top_up(scheme, 100, now=FIRST_OF_OCTOBER)
    october, september = months_of(scheme, today=OCTOBER)
    assert october.sums == {"fund": {"rows": 1, "fen": 100}}
    assert september.sums == september.period.sums


# ------------------------------------------------------------------ nothing is dated into it


def test_no_service_dates_an_entry_into_it(scheme, close):
    close()
    with pytest.raises(IntegrityError, match="2022-09 is closed"):
        top_up(scheme, 100, now=local("2022-09-30 23:59:59"))
    top_up(scheme, 100, now=local("2022-10-01 00:00:00"))


def test_nor_before_another_person_has_confirmed_it(scheme, closer):
    close_month(scheme=scheme, month=SEPTEMBER, by=closer, now=FIRST_OF_OCTOBER)
    with pytest.raises(IntegrityError, match="2022-09 is closed"):
        top_up(scheme, 100)


def test_nor_past_every_verb(scheme, close):
    close()
    change = lay_change(scheme, 100)
    with pytest.raises(IntegrityError, match="2022-09 is closed"), transaction.atomic():
        append_change(change, now=NOW)
    append_change(change, now=FIRST_OF_OCTOBER)
    assert LedgerEntry.objects.latest("seq").change == change


def test_another_schemes_months_are_its_own(scheme, close):
    close()
    other = make_scheme(year=2021)
    top_up(other, 100)
    assert LedgerEntry.objects.filter(scheme=other).count() == 2


def test_a_month_without_entries_closes_too(scheme, close):
    close()
    assert close(OCTOBER, FIRST_OF_NOVEMBER).sums == {}
    assert month_to_close(scheme, today=local("2022-12-01 08:00:00").date()) == NOVEMBER


def test_news_that_come_late_are_booked_in_the_open_month_and_tell_their_day(scheme, batch, pay, close):
    """Paid at five to midnight of the last day; the operator tells it in the morning, and the month is closed meanwhile."""
    close()
    pay(now=local("2022-10-01 10:00:00"), paid_at=local("2022-09-30 23:55:00"))
    october = close(OCTOBER, FIRST_OF_NOVEMBER)
    assert october.sums == {"pay": {"rows": 2, "fen": 50_000}}
    (voucher,) = october.vouchers.all()
    assert voucher.day == OCTOBER
    assert "2022-09-30付款 2 笔 500.00 元" in voucher.summary
    assert batch.lines.get(amount_fen=30_000).finished_at == local("2022-09-30 23:55:00")


# ------------------------------------------------------------------ what is open


def test_a_stop_of_the_payouts_blocks_the_close(scheme, closer):
    stop_sending(why=PayoutStop.Why.BY_HAND, detail="", by=closer, now=NOW)
    with pytest.raises(Blocked) as refusal:
        close_month(scheme=scheme, month=SEPTEMBER, by=closer, now=FIRST_OF_OCTOBER)
    assert [item.code for item in refusal.value.items] == ["stopped"]


def test_so_does_a_ledger_that_is_not_its_sums(scheme, closer):
    tamper("UPDATE subsidies_scheme SET reserved_fen = reserved_fen + 1")
    with pytest.raises(Blocked) as refusal:
        close_month(scheme=scheme, month=SEPTEMBER, by=closer, now=FIRST_OF_OCTOBER)
    (item,) = refusal.value.items
    assert (item.code, item.blocks) == ("ledger", True)
    assert "锁定 50001 分" in item.detail


def test_what_is_under_way_is_kept_with_the_close_as_it_was(scheme, batch, releaser, close):
    """An order that was sent and of which nothing was heard; later it is paid, and the close tells still how it was."""
    period = close()
    assert [(item["code"], item["count"], item["fen"]) for item in period.open_items] == [
        ("batches", 1, 50_000)
    ]


def test_a_kind_without_accounts_is_not_closed_over(scheme, closer, confirmer):
    """The ledger may learn a kind before the table of accounts does."""
    without = ACCOUNTS.as_json() | {
        "kinds": [each for each in ACCOUNTS.as_json()["kinds"] if each["kind"] != "reserve"]
    }
    rule = propose_rule(subject="accounts", content=without, by=closer, now=NOW, note="x")
    decide_rule(rule=rule, approve=True, by=confirmer, now=NOW)
    with pytest.raises(Unmapped) as refusal:
        close_month(scheme=scheme, month=SEPTEMBER, by=closer, now=FIRST_OF_OCTOBER)
    assert refusal.value.kinds == ["reserve"]
    assert not Period.objects.exists()


# ------------------------------------------------------------------ kept


def test_nothing_of_it_is_deleted_before_its_years_are_over(close, pay):
    pay()
    period = close()
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    for table in ("voucherentry", "voucher", "period"):
        assert refused(f"DELETE FROM subsidies_{table}", because="kept until 2053-01-01")
        assert refused(f"TRUNCATE subsidies_{table} CASCADE", because="refused")
    assert refused("UPDATE subsidies_voucher SET summary = 'x'", because="refused")
    assert refused("UPDATE subsidies_voucherentry SET amount_fen = 1", because="refused")
    tamper("UPDATE subsidies_period SET keep_until = '2020-01-01'")
    with owning():
        assert sql("DELETE FROM subsidies_voucherentry") > 0
        assert sql("DELETE FROM subsidies_voucher WHERE period_id = %s", period.pk) == 3


def test_thirty_years_are_the_databases_floor(scheme, closer):
    statement = A_CLOSE.replace("2060-01-01", "2050-01-01")
    assert refused(statement, scheme.pk, SEPTEMBER, closer.pk, because="thirty years")


def test_months_are_listed_the_newest_first(scheme, close):
    close()
    months = months_of(scheme, today=FIRST_OF_NOVEMBER.date() + timedelta(days=3))
    assert [(each.first, each.over, each.next, bool(each.period)) for each in months] == [
        (NOVEMBER, False, False, False),
        (OCTOBER, True, True, False),
        (SEPTEMBER, True, False, True),
    ]


def test_somebody_else_confirms_what_was_closed(scheme, closer):
    period = close_month(scheme=scheme, month=SEPTEMBER, by=closer, now=FIRST_OF_OCTOBER)
    other = UserFactory()
    assert confirm_close(period=period, by=other, now=FIRST_OF_OCTOBER, note="已核对").decided_by == other
