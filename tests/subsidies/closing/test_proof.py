"""Closed months checked again against the ledger, years later: whatever was altered since is found and named."""

import pytest
from django.core.management import call_command

from subsidies.closing.selectors.proof import verify_periods
from subsidies.closing.services.documents import request_document, vouchers_of
from subsidies.closing.services.requests import request_for_batches
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import KeptDocument
from tests.console import tamper
from tests.subsidies.closing.conftest import FIRST_OF_NOVEMBER, FIRST_OF_OCTOBER, OCTOBER

pytestmark = pytest.mark.django_db

# The whole chain computed anew after a row was changed, the scheme's head with it: the ledger alone cannot tell.
REWRITTEN = """
    WITH RECURSIVE anew AS (
        SELECT e.id, e.seq, decode(repeat('00', 32), 'hex') AS prev, sha256(decode(repeat('00', 32), 'hex') || convert_to(
            ledger_payload(s.code, e.seq, e.kind, st.no, e.claim_id, e.amount_fen, e.at, e.by_id, e.change_id,
            e.order_no, e.payee_digest, e.recorded_at, e.ref), 'UTF8')) AS hash
        FROM subsidies_ledgerentry e JOIN subsidies_scheme s ON s.id = e.scheme_id
        LEFT JOIN subsidies_stage st ON st.id = e.stage_id WHERE e.seq = 1
        UNION ALL
        SELECT e.id, e.seq, a.hash, sha256(a.hash || convert_to(
            ledger_payload(s.code, e.seq, e.kind, st.no, e.claim_id, e.amount_fen, e.at, e.by_id, e.change_id,
            e.order_no, e.payee_digest, e.recorded_at, e.ref), 'UTF8'))
        FROM anew a JOIN subsidies_ledgerentry e ON e.seq = a.seq + 1 JOIN subsidies_scheme s ON s.id = e.scheme_id
        LEFT JOIN subsidies_stage st ON st.id = e.stage_id
    ), rows AS (UPDATE subsidies_ledgerentry e SET prev_hash = a.prev, hash = a.hash FROM anew a WHERE a.id = e.id)
    UPDATE subsidies_scheme SET ledger_head = (SELECT hash FROM anew ORDER BY seq DESC LIMIT 1)
"""


@pytest.fixture
def closed(pay, close):
    pay()
    return close()


def faults(period):
    return [fault.what for fault in verify_periods(scheme=period.scheme)]


def test_what_nobody_touched_is_right(closed, close):
    close(OCTOBER, FIRST_OF_NOVEMBER)
    assert verify_periods(scheme=closed.scheme) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE subsidies_ledgerentry SET amount_fen = amount_fen + 1 WHERE seq = 1", ["sums", "vouchers"]),
        ("UPDATE subsidies_ledgerentry SET kind = 'cut' WHERE seq = 1", ["sums", "vouchers"]),
        ("UPDATE subsidies_ledgerentry SET at = at + interval '1 month' WHERE seq = 2", ["sums", "vouchers"]),
        ("DELETE FROM subsidies_ledgerentry WHERE seq = 5", ["head", "sums", "vouchers"]),
        ("UPDATE subsidies_ledgerentry SET hash = prev_hash WHERE seq = 5", ["head"]),
        ("UPDATE subsidies_voucher SET summary = '招待费' WHERE no = 3", ["digest"]),
        ("UPDATE subsidies_voucherentry SET account_code = '9999' WHERE line = 1", ["digest"]),
        ("UPDATE subsidies_voucher SET amount_fen = 1 WHERE no = 3", ["digest", "vouchers"]),
        ("UPDATE subsidies_period SET sums = '{}'", ["sums"]),
        ("UPDATE subsidies_period SET last_hash = sha256('')", ["head"]),
    ],
)
def test_whatever_was_altered_is_found(closed, change, found):
    tamper(change)
    assert faults(closed) == found


def test_a_chain_that_was_rewritten_whole_is_found_by_the_close_alone(closed):
    """Day and amount as before, the person exchanged: every hash is right, and so are all sums."""
    tamper("UPDATE subsidies_ledgerentry SET ref = 'nachgetragen' WHERE seq = 1")
    tamper(REWRITTEN)
    assert verify_ledger(scheme=closed.scheme) == []
    assert faults(closed) == ["head"]


def test_a_row_dated_back_past_the_triggers_is_found(closed):
    tamper(
        "INSERT INTO subsidies_ledgerentry (scheme_id, seq, kind, amount_fen, at, order_no, payee_digest, recorded_at, ref,"
        " prev_hash, hash) SELECT scheme_id, seq + 1, 'fund', 1, at, '', '', at, '', hash, hash"
        " FROM subsidies_ledgerentry WHERE seq = 5"
    )
    assert faults(closed) == ["later", "sums", "vouchers"]
    assert "第 6 行" in str(verify_periods(scheme=closed.scheme)[0])


def test_a_close_that_was_taken_away_is_found_by_the_next(closed, close):
    close(OCTOBER, FIRST_OF_NOVEMBER)
    tamper("UPDATE subsidies_period SET state = 'declined', decision_note = 'x' WHERE month = '2022-09-01'")
    assert faults(closed) == ["gap"]


def test_a_document_that_is_not_what_was_given_out_is_found(closed):
    vouchers_of(period=closed, file_format="xlsx", now=FIRST_OF_OCTOBER)
    tamper("UPDATE subsidies_keptdocument SET content = 'x'")
    assert faults(closed) == ["document"]
    assert KeptDocument.objects.count() == 1


def test_so_is_one_of_a_request_for_batches(closed, batch, closer):
    made = request_for_batches(
        scheme=closed.scheme, batches=[batch.pk], purpose="x", by=closer, now=FIRST_OF_OCTOBER
    )
    request_document(request=made, file_format="pdf", now=FIRST_OF_OCTOBER)
    tamper("UPDATE subsidies_keptdocument SET content = 'x'")
    (fault,) = verify_periods(scheme=closed.scheme)
    assert (fault.what, fault.found) == ("document", made.number)


def test_the_command_names_the_month(closed, capsys):
    call_command("verify_ledger")
    assert "1 个月已关账，均相符" in capsys.readouterr().out
    tamper("UPDATE subsidies_voucher SET summary = '招待费' WHERE no = 3")
    with pytest.raises(SystemExit):
        call_command("verify_ledger")
    assert "2022-09 月结：凭证与关账时的指纹不符" in capsys.readouterr().out
