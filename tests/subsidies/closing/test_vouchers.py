"""Vouchers balance, add up to the ledger, and cannot be other than what was frozen."""

from datetime import date, timedelta

import pytest
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st

from subsidies.closing.accounts import Unreadable, kind_title, read_accounts
from subsidies.closing.selectors.drafts import draft_vouchers, unmapped
from subsidies.closing.selectors.figures import Group, Late
from subsidies.closing.selectors.proof import verify_periods
from subsidies.closing.services.close import close_month, confirm_close
from subsidies.closing.services.rules import decide_rule, propose_rule
from subsidies.closing.shipped import ACCOUNTS
from subsidies.models import LedgerEntry, Voucher, VoucherEntry
from tests.console import refused, sql, tamper, update
from tests.factories import NOW
from tests.subsidies.closing.conftest import FIRST_OF_OCTOBER, SEPTEMBER

DAYS = st.integers(0, 29).map(lambda n: SEPTEMBER + timedelta(days=n))
GROUPS = st.dictionaries(
    st.tuples(DAYS, st.sampled_from([each.kind for each in ACCOUNTS.kinds])),
    st.tuples(st.integers(1, 3_000_000), st.integers(1, 2**50), st.integers(0, 6000)),
).map(lambda found: [Group(day, kind, n, fen, batches) for (day, kind), (n, fen, batches) in found.items()])


@given(GROUPS, st.sampled_from(["day", "month"]))
def test_vouchers_balance_and_add_up_whatever_the_month_had(groups, grouping):
    accounts = read_accounts(ACCOUNTS.as_text(), grouping)
    drafts = draft_vouchers(groups, accounts, SEPTEMBER)
    for kind in {each.kind for each in groups}:
        told = [(each.rows, each.fen) for each in groups if each.kind == kind]
        booked = [(each.rows, each.fen) for each in drafts if each.kind == kind]
        assert [sum(column) for column in zip(*booked, strict=True)] == [
            sum(column) for column in zip(*told, strict=True)
        ]
    for draft in drafts:
        for book in {entry[0] for entry in draft.entries}:
            sides = [side for its, side, *_account in draft.entries if its == book]
            assert sides.count("debit") == sides.count("credit") > 0
    assert [(each.day, accounts.kinds.index(accounts.of(each.kind))) for each in drafts] == sorted(
        (each.day, accounts.kinds.index(accounts.of(each.kind))) for each in drafts
    )


@given(GROUPS)
def test_a_kind_that_is_not_booked_has_no_voucher_and_is_not_forgotten(groups):
    text = "\n".join(
        line for line in ACCOUNTS.as_text().splitlines() if not line.startswith(kind_title("reserve"))
    )
    accounts = read_accounts(f"{text}\n{kind_title('reserve')} | 不制证", "day")
    assert "reserve" not in {each.kind for each in draft_vouchers(groups, accounts, SEPTEMBER)}
    assert unmapped({each.kind: {} for each in groups}, accounts) == []


def test_a_months_voucher_tells_late_payments_of_all_its_days():
    late = (Late(date(2022, 8, 31), 2, 60_000),)
    groups = [Group(SEPTEMBER + timedelta(days=n), "pay", 5, 150_000, 1, late) for n in (0, 1)]
    (draft,) = draft_vouchers(groups, read_accounts(ACCOUNTS.as_text(), "month"), SEPTEMBER)
    assert (draft.day, draft.rows, draft.fen) == (date(2022, 9, 30), 10, 300_000)
    assert "2022-08-31付款 4 笔 1,200.00 元" in draft.summary


# ------------------------------------------------------------------ the table of accounts


def test_what_is_shipped_can_be_written_down_and_read_again():
    assert read_accounts(ACCOUNTS.as_text(), "day") == ACCOUNTS
    assert read_accounts(ACCOUNTS.as_text().replace(" | ", "\t"), "day") == ACCOUNTS


def test_it_covers_every_kind_that_the_ledger_has():
    assert set(LedgerEntry.Kind.values) <= {each.kind for each in ACCOUNTS.kinds}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("发放 | 发放补贴 | 财务会计 | 2303 应付政府补贴款", "应有 5 栏"),
        ("转移 | 转移 | 财务会计 | 2303 应付 | 1011 额度", "没有“转移”这一类账目"),
        ("发放 | 发放补贴 | 管理会计 | 2303 应付 | 1011 额度", "账套“管理会计”无法识别"),
        ("发放 | 发放补贴 | 财务会计 | 应付政府补贴款 | 1011 额度", "科目“应付政府补贴款”应为编码加名称"),
        ("发放 | 发放补贴 | 财务会计 | 1011 额度 | 1011 额度", "借方和贷方是同一个科目"),
        ("发放 |  | 财务会计 | 2303 应付 | 1011 额度", "摘要应为"),
        ("发放 | 不制证", "既有分录又写了不制证"),
    ],
)
def test_what_it_cannot_be_is_said_line_by_line(line, sentence):
    with pytest.raises(Unreadable) as refusal:
        read_accounts(f"{ACCOUNTS.as_text()}\n{line}", "day")
    (said,) = refusal.value.sentences
    assert sentence in said
    assert said.startswith("第 13 行")


def test_an_entry_with_one_side_alone_is_no_entry():
    """One debit and one credit of the whole amount: nobody can write a table that is out of balance."""
    with pytest.raises(Unreadable, match="科目“”"):
        read_accounts(f"{ACCOUNTS.as_text()}\n发放 | 发放补贴 | 财务会计 | 2303 应付 | ", "day")


def test_a_kind_that_nobody_says_anything_of_is_missed():
    with pytest.raises(Unreadable, match="没有“退回”的分录"):
        read_accounts(
            "\n".join(each for each in ACCOUNTS.as_text().splitlines() if "退回" not in each), "day"
        )


# ------------------------------------------------------------------ as they are written down

in_the_database = pytest.mark.django_db


@in_the_database
def test_they_are_numbered_by_day_and_dated_and_counted(pay, close):
    pay()
    vouchers = close().vouchers.order_by("no")
    assert [(str(each), each.kind, each.rows, each.amount_fen, each.attachments) for each in vouchers] == [
        ("记-1", "fund", 1, 10_000_000, 1),
        ("记-2", "reserve", 2, 50_000, 1),
        ("记-3", "pay", 2, 50_000, 1),
    ]
    assert {each.day for each in vouchers} == {date(2022, 9, 20)}
    entries = vouchers.get(kind="pay").entries.values_list("book", "side", "account_code", "amount_fen")
    assert list(entries.order_by("line")) == [
        ("financial", "debit", "2303", 50_000),
        ("financial", "credit", "1011", 50_000),
        ("budget", "debit", "7101", 50_000),
        ("budget", "credit", "800101", 50_000),
    ]


@in_the_database
def test_the_vouchers_of_a_month_add_up_to_its_ledger(scheme, pay, close):
    pay()
    period = close()
    booked = dict(period.vouchers.values_list("kind").annotate(Sum("amount_fen")))
    assert booked == dict(scheme.ledger.order_by().values_list("kind").annotate(Sum("amount_fen")))
    for book in VoucherEntry.Book.values:
        entries = VoucherEntry.objects.filter(voucher__period=period, book=book)
        sides = dict(entries.values_list("side").annotate(Sum("amount_fen")))
        assert sides["debit"] == sides["credit"]


@pytest.fixture
def closing(scheme, closer):
    return close_month(scheme=scheme, month=SEPTEMBER, by=closer, now=FIRST_OF_OCTOBER)


@in_the_database
@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE subsidies_voucherentry SET amount_fen = amount_fen + 1 WHERE line = 1", "does not balance"),
        ("UPDATE subsidies_voucherentry SET side = 'debit'", "does not balance"),
        ("DELETE FROM subsidies_voucherentry WHERE line = 2", "does not balance"),
        ("DELETE FROM subsidies_voucherentry", "does not balance"),
        ("UPDATE subsidies_voucher SET rows = rows + 1 WHERE no = 1", "vouchers of fund do not add up"),
        ("UPDATE subsidies_voucher SET day = '2022-10-01' WHERE no = 1", "voucher 1 is not of the month"),
        (
            "UPDATE subsidies_voucher SET no = 7 WHERE no = 2",
            "voucher 7 is not of the month, or out of its order",
        ),
    ],
)
def test_a_close_with_vouchers_that_do_not_add_up_is_not_confirmed(closing, confirmer, change, fault):
    """Altered past every trigger, and fingerprinted anew: the database adds up for itself."""
    tamper(change)
    tamper("UPDATE subsidies_period SET vouchers_digest = vouchers_digest(id)")
    confirmed = f"state = 'closed', decided_by_id = {confirmer.pk}, decided_at = now()"
    assert refused(update(closing, confirmed), because=fault)


@in_the_database
def test_nor_one_whose_vouchers_are_others_than_were_shown(closing, confirmer):
    tamper("UPDATE subsidies_voucher SET summary = '招待费'")
    confirmed = f"state = 'closed', decided_by_id = {confirmer.pk}, decided_at = now()"
    assert refused(update(closing, confirmed), because="not those that were made")


@in_the_database
def test_nor_one_whose_sums_are_not_the_ledgers(closing, confirmer):
    tamper("UPDATE subsidies_period SET sums = jsonb_set(sums, '{fund,fen}', '1')")
    confirmed = f"state = 'closed', decided_by_id = {confirmer.pk}, decided_at = now()"
    assert refused(update(closing, confirmed), because="sums are not the ledger")


@in_the_database
def test_a_bureau_that_books_payments_alone_closes_too(scheme, pay, closer, confirmer):
    """What is set aside has no voucher then, and the database does not miss it."""
    lines = [each for each in ACCOUNTS.as_text().splitlines() if not each.startswith(("锁定", "释放"))]
    accounts = read_accounts("\n".join([*lines, "锁定 | 不制证", "释放 | 不制证"]), "day").as_json()
    rule = propose_rule(subject="accounts", content=accounts, by=closer, now=NOW, note="只在发放时列支")
    decide_rule(rule=rule, approve=True, by=confirmer, now=NOW)
    pay()
    period = close_month(scheme=scheme, month=SEPTEMBER, by=closer, now=FIRST_OF_OCTOBER)
    confirm_close(period=period, by=confirmer, now=FIRST_OF_OCTOBER)
    assert [each.kind for each in period.vouchers.order_by("no")] == ["fund", "pay"]
    assert set(period.sums) == {"fund", "reserve", "pay"}
    assert verify_periods(scheme=scheme) == []
    tamper("DELETE FROM subsidies_voucherentry")
    tamper("DELETE FROM subsidies_voucher WHERE kind = 'pay'")
    assert {fault.what for fault in verify_periods(scheme=scheme)} == {"digest", "vouchers"}


@in_the_database
def test_no_voucher_is_added_to_a_close_that_was_made(closing, confirmer):
    add = """
        INSERT INTO subsidies_voucher (period_id, no, day, kind, summary, rows, amount_fen, attachments)
        VALUES (%s, 99, '2022-09-30', 'pay', '招待费', 1, 100, 1)
    """
    entry = """
        INSERT INTO subsidies_voucherentry (voucher_id, line, book, side, account_code, account_name, amount_fen)
        SELECT id, 9, 'budget', 'debit', '1', 'x', amount_fen FROM subsidies_voucher LIMIT 1
    """
    assert refused(add, closing.pk, because="made with it")
    assert refused(entry, because="made with it")
    confirm_close(period=closing, by=confirmer, now=FIRST_OF_OCTOBER)
    assert refused(add, closing.pk, because="made with it")


@in_the_database
def test_the_fingerprint_is_computed_by_anybody(close):
    """As docs/engine.md says it: a line for each voucher and each of its entries."""
    period = close()
    lines = []
    for each in Voucher.objects.filter(period=period).order_by("no"):
        told = (each.no, each.day, each.kind, each.rows, each.amount_fen, each.attachments, each.summary)
        lines.append("|".join(map(str, told)))
        for entry in each.entries.order_by("line"):
            account = (entry.account_code, entry.account_name, entry.amount_fen)
            lines.append("|".join(map(str, (each.no, entry.line, entry.book, entry.side, *account))))
    ((digest,),) = sql("SELECT sha256(convert_to(%s, 'UTF8'))", "\n".join(lines))
    assert bytes(digest) == bytes(period.vouchers_digest)
