"""The heads of both chains: sealed, signed, laid outside of the database, shown to everybody; who rewrites is found out."""

import re
import subprocess
import sys
from datetime import timedelta
from hashlib import sha256

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from core.audit import blocks, settled
from core.audit.proof import proof_of
from core.audit.record import Action, record
from core.audit.retention import forget_entries
from core.audit.seals import seal_entries, verify_audit
from core.database.owner import owning
from core.models import AuditEntry, AuditSeal
from core.signing import public_key
from subsidies.allocation.services.allocate import allocate
from subsidies.heads.selectors.compare import compare
from subsidies.heads.selectors.published import published
from subsidies.heads.services.sign import sign_heads, signed_today
from subsidies.heads.services.watch import stop_where_forged
from subsidies.heads.statement import NotAHead, read_heads
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.overview.pages.system_health import _held_up
from subsidies.tasks import sweep_heads
from tests.console import forbidden, refused, sql, tamper
from tests.factories import NOW, UserFactory, make_claim, make_scheme

pytestmark = pytest.mark.django_db

# The whole chain computed anew after a row was changed, the sums and the scheme's head with it.
REWRITE = """
    WITH RECURSIVE anew AS (
        SELECT 0::bigint AS seq, decode(repeat('00', 32), 'hex') AS prev, decode(repeat('00', 32), 'hex') AS hash
        UNION ALL
        SELECT e.seq, a.hash, sha256(a.hash || convert_to(ledger_payload(
            s.code, e.seq, e.kind, st.no, e.claim_id, e.amount_fen, e.at, e.by_id, e.change_id, e.order_no, e.payee_digest,
            e.recorded_at, e.ref), 'UTF8'))
        FROM anew a JOIN subsidies_ledgerentry e ON e.seq = a.seq + 1 JOIN subsidies_scheme s ON s.id = e.scheme_id
        LEFT JOIN subsidies_stage st ON st.id = e.stage_id
    ), rows AS (UPDATE subsidies_ledgerentry e SET prev_hash = a.prev, hash = a.hash FROM anew a WHERE a.seq = e.seq)
    UPDATE subsidies_scheme SET ledger_head = (SELECT hash FROM anew ORDER BY seq DESC LIMIT 1),
        funded_fen = (SELECT sum(amount_fen) FROM subsidies_ledgerentry WHERE kind = 'fund')
"""
OLDEST = "(SELECT min(id) FROM core_auditentry)"


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.HEADS_FOLDER = str(tmp_path / "heads")
    return tmp_path / "heads"


@pytest.fixture
def scheme():
    scheme = make_scheme(budget_fen=100_000)
    make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    return scheme


def settle():
    """What this test has written so far becomes a minute old: its transaction is the one that is open."""
    tamper("UPDATE core_auditentry SET at = at - interval '1 minute'")


def faults(**how):
    return [fault.what for fault in compare(published(), keys={public_key("heads")}, **how)]


# ------------------------------------------------------------------ the insider


def test_who_owns_the_database_and_turns_its_triggers_off_is_found(scheme, capsys):
    settle()
    sign_heads(now=NOW)
    call_command("verify_ledger")
    tamper("UPDATE subsidies_ledgerentry SET amount_fen = amount_fen + 100000000 WHERE kind = 'fund'")
    tamper(REWRITE)
    assert verify_ledger(scheme=scheme) == []  # it is consistent in itself, and says a million more
    capsys.readouterr()
    with pytest.raises(SystemExit):
        call_command("verify_ledger")
    assert "此后被改写过" in capsys.readouterr().out
    assert faults() == ["ledger"]


def test_a_forged_entry_in_somebody_elses_name_is_found(scheme):
    settle()
    sign_heads(now=NOW)
    tamper(
        "INSERT INTO core_auditentry (at, action, by_id, object_type, object_id, detail)"
        " SELECT min(at), 'decide', %s, 'subsidies.claim', '1', '{}' FROM core_auditentry",
        UserFactory(username="auditor").pk,
    )
    (fault,) = verify_audit()
    assert fault.what == "count"
    assert "有记录被删除或插入" in str(fault)


@pytest.mark.parametrize(
    ("forgery", "what"),
    [
        (f"UPDATE core_auditentry SET detail = '{{}}', action = 'view' WHERE id = {OLDEST}", "content"),
        (f"DELETE FROM core_auditentry WHERE id = {OLDEST}", "count"),
        ("UPDATE core_auditseal SET digest = sha256('x')", "link"),
    ],
)
def test_an_entry_that_is_changed_or_gone_is_found(scheme, forgery, what):
    settle()
    seal_entries()
    assert verify_audit() == []
    tamper(forgery)
    assert verify_audit()[0].what == what


def test_seals_that_were_made_anew_are_found_by_an_older_head(scheme):
    settle()
    sign_heads(now=NOW)
    tamper("DELETE FROM core_auditseal")
    tamper("DELETE FROM core_auditentry WHERE id = (SELECT min(id) FROM core_auditentry)")
    seal_entries()
    assert verify_audit() == []
    assert faults() == ["audit"]


def test_nothing_is_signed_while_somebody_holds_up_the_seals_and_it_is_said_who(scheme, monkeypatch, caplog):
    """Here it is the test's own transaction that is open, for longer than any patience."""
    settle()
    monkeypatch.setattr(settled, "PATIENCE", timedelta(0))
    pid = connection.connection.info.backend_pid
    with pytest.raises(CommandError, match=f"数据库进程 {pid} 自"):
        call_command("sign_heads")
    assert sweep_heads() == ""
    assert f"process {pid} has a transaction open" in caplog.text
    assert published() == []
    assert _held_up()[0].remark.startswith(f"数据库进程 {pid} 自")


# ------------------------------------------------------------------ sealing


def test_what_may_still_get_company_is_not_sealed(scheme):
    seal_entries()  # what the migrations wrote, where they did just now
    record(Action.VIEW, by=None)
    assert seal_entries() is None  # it is of the transaction that is open


def test_seals_follow_one_another_and_are_the_databases_to_take(scheme):
    settle()
    first = seal_entries()
    assert refused("UPDATE core_auditseal SET entries = 1", because="only added to")
    assert refused("DELETE FROM core_auditseal", because="only added to")
    assert forbidden("INSERT INTO core_auditseal SELECT 9, now(), 0, '', '', now()")
    wrong = {
        "twice": (first.no, first.until),
        "later": (first.no + 1, None),
    }
    for no, until in wrong.values():
        with pytest.raises(IntegrityError, match="does not follow"), transaction.atomic():
            sql(
                "SELECT seal_audit(%s, coalesce(%s, now() + interval '1 hour'), 0, sha256(''), sha256(''), %s)",
                no,
                until,
                proof_of(f"seal {sha256().hexdigest()}", to=connection),
            )


def test_after_the_time_is_over_entries_go_and_the_chain_stays(scheme):
    tamper("UPDATE core_auditentry SET at = at - interval '10 years'")
    first = seal_entries()
    long_ago = first.until - timedelta(days=3650)
    link = blocks.link(blocks.BEGINNING, 1, long_ago, first.entries, bytes(first.digest))
    tamper("UPDATE core_auditseal SET until = %s, hash = %s", long_ago, link)  # as if it had been made then
    record(Action.VIEW, by=None)
    settle()
    last = seal_entries()
    assert forget_entries() > 0
    assert (AuditEntry.objects.count(), AuditSeal.objects.count()) == (last.entries, 2)
    assert verify_audit() == []


# ------------------------------------------------------------------ signing


def test_each_day_a_statement_is_signed_once_and_never_written_again(scheme, folder):
    settle()
    name = sweep_heads()
    (path,) = published()
    assert (path.name, path.stat().st_mode & 0o777, sweep_heads()) == (name, 0o444, "")
    told = read_heads(path)
    assert told.public_key == public_key("heads")
    scheme.refresh_from_db()
    assert told.heads.ledgers == {scheme.code: (scheme.ledger_seq, bytes(scheme.ledger_head).hex())}
    assert told.heads.audit == (1, bytes(AuditSeal.objects.get().hash).hex())
    assert signed_today(now=told.heads.at)
    with pytest.raises(FileExistsError):
        sign_heads(now=told.heads.at)
    assert faults(in_a_row=True) == []


def test_a_statement_that_was_changed_or_taken_away_is_found(scheme, folder):
    for hour in (1, 2, 3):
        sign_heads(now=NOW.replace(hour=hour))
    first, second, _third = published()
    second.chmod(0o644)
    second.write_text(second.read_text().replace("ledger 2", "ledger 1"))
    with pytest.raises(NotAHead):
        read_heads(second)
    assert faults()[0] == "unreadable"
    second.unlink()
    assert faults(in_a_row=True) == ["gap"]
    assert compare([first], keys={"04" + "00" * 64})[0].what == "stranger"


def test_without_a_folder_it_is_said(settings):
    settings.HEADS_FOLDER = ""
    with pytest.raises(CommandError, match="HEADS_FOLDER"):
        call_command("sign_heads")
    assert sweep_heads() == ""


def test_anybody_reads_them_and_takes_them_away(client, scheme):
    page = reverse("heads")
    assert "还没有签名的链头" in client.get(page).content.decode()
    settle()
    path = sign_heads(now=NOW)
    html = client.get(page).content.decode()
    assert path.name in html
    assert public_key("heads") in html
    given = client.get(reverse("head-file", args=[path.name]))
    assert b"".join(given.streaming_content) == path.read_bytes()
    assert client.get(reverse("head-key")).content.startswith(b"-----BEGIN PUBLIC KEY")
    for name in ("20220920T010000.txt~", "..%2Fsecrets", "x.txt"):
        assert client.get(f"/heads/{name}").status_code == 404


def test_an_outsider_checks_an_export_against_a_statement_of_any_day(scheme, tmp_path):
    early = sign_heads(now=NOW)
    make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    out = tmp_path / "ledger.csv"
    call_command("export_ledger", str(out))
    script = str(settings.BASE_DIR / "docs" / "check_ledger.py")

    def check(*argv):
        python = [sys.executable, "-I", "-S", "-X", "utf8", script]
        done = subprocess.run([*python, *map(str, argv)], capture_output=True, encoding="utf-8", check=False)
        return done.returncode, done.stdout

    assert check(out, "--head", early)[0] == 0
    tamper("UPDATE subsidies_ledgerentry SET amount_fen = amount_fen + 1 WHERE kind = 'fund'")
    tamper(REWRITE)
    call_command("export_ledger", str(out))
    code, said = check(out, "--head", early)
    assert (code, bool(re.search(r"第 2 行.*与公布的链头不同", said))) == (1, True)


# ------------------------------------------------------------------ what the tables hold by themselves


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE subsidies_payoutline DISABLE TRIGGER USER",
        "ALTER TABLE subsidies_hold DISABLE ROW LEVEL SECURITY",
        "ALTER POLICY of_the_readers_districts ON subsidies_hold USING (true)",
        "ALTER TABLE subsidies_payoutline DROP CONSTRAINT payments_are_positive",
        "DROP INDEX one_live_payment_per_claim",
        "CREATE RULE nothing AS ON DELETE TO subsidies_hold DO INSTEAD NOTHING",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "GRANT DELETE ON subsidies_hold TO ebike_app",
    ],
)
def test_a_guard_that_is_not_as_it_was_signed_is_found(scheme, change):
    settle()
    sign_heads(now=NOW)
    assert faults() == []
    with owning():
        sql(change)
    assert faults() == ["tables"]
    assert stop_where_forged(now=NOW)


def test_after_a_migration_the_tables_hold_something_else_rightly(scheme):
    settle()
    sign_heads(now=NOW)
    with owning():
        sql("ALTER TABLE subsidies_hold ADD COLUMN colour text")
        sql("INSERT INTO django_migrations (app, name, applied) VALUES ('subsidies', '0003_colour', now())")
    assert faults() == []
