"""History and evidence under signed heads: what the owner of the database changes with every trigger off is found."""

import pytest

from core.signing import public_key
from subsidies.casework.services.notes import add_note
from subsidies.claims.services.change_payee import change_payee
from subsidies.heads.books import BOOKS
from subsidies.heads.selectors.books import verify_books
from subsidies.heads.selectors.compare import compare
from subsidies.heads.selectors.published import published
from subsidies.heads.services.seal_books import seal_books
from subsidies.heads.services.sign import sign_heads
from subsidies.heads.statement import read_heads
from subsidies.locks.protocol import Ask, Asking, Key, Kind, Question
from subsidies.locks.services.answer import answer_cell
from subsidies.models import BookSeal, Claim, EligibilityCheck, OperatorAnswer, PayeeCheck
from tests.console import forbidden, refused, tamper
from tests.factories import NOW, UserFactory, make_answer

pytestmark = pytest.mark.django_db

# What he changes of each: who decided, who is paid, what was said.
CHANGES = {
    "events": "UPDATE subsidies_claimevent SET by_id = NULL, verb = 'allocate' WHERE verb = 'approve_claims'",
    "checks": 'UPDATE subsidies_eligibilitycheck SET results = \'{"not_filed": "pass"}\'',
    "answers": "UPDATE ebikes_licensinganswer SET outcome = 'found', facts = '{\"status\": \"已注销\"}'",
    "operator": "UPDATE subsidies_operatoranswer SET http_status = 404",
    "names": "UPDATE subsidies_payeecheck SET result = 'match'",
    "payees": "UPDATE subsidies_payeechange SET by_id = (SELECT min(id) FROM core_user)",
    "payments": "UPDATE subsidies_payoutline SET amount_fen = amount_fen + 1",
    "holds": "DELETE FROM subsidies_hold WHERE id = (SELECT min(id) FROM subsidies_hold)",
    "notes": "UPDATE subsidies_casenote SET by_id = (SELECT min(id) FROM core_user)",
    "marks": "DELETE FROM core_decisionmark WHERE id = (SELECT min(id) FROM core_decisionmark)",
}


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.HEADS_FOLDER = str(tmp_path / "heads")


@pytest.fixture
def world(batch, approved):
    """A row at least in every book, a minute old: this test's transaction is the one that is open."""
    claim = Claim.objects.latest("pk")
    answers = [make_answer(claim.trade_in, system) for system in ("exing", "yunshenling")]
    EligibilityCheck.objects.create(
        claim=claim, results={"not_filed": "fail"}, exing_answer=answers[0], yunshenling_answer=answers[1],
        policy=claim.policy, completed_at=NOW, completed_by="plated_at", checked_at=NOW,
    )  # fmt: skip
    OperatorAnswer.objects.create(
        batch=batch, asked="queried", at=NOW, http_status=200, request_id="x", raw="{}"
    )
    PayeeCheck.objects.create(
        claim=claim,
        payee_index=batch.lines.first().payee_index,
        payee_digest=b"x",
        result="mismatch",
        request_id="x",
        at=NOW,
    )
    tamper("UPDATE subsidies_claim SET state = 'settled' WHERE id = %s", claim.pk)
    change_payee(claim=claim, cells={"phone": "13900000001"}, by=UserFactory(), now=NOW)
    asked = Question(1, "NB-1", Ask.RESERVE, (Key(Kind.BIKE, "00" * 16),))
    answer_cell(Asking("330200", 1, 1, 0, False, (asked,)), now=NOW)
    add_note(claim=claim, text="已电话核实", by=UserFactory(), now=NOW)
    for book in BOOKS:
        tamper(f"UPDATE {book.table} SET recorded_at = recorded_at - interval '1 minute'")
    return batch


def found():
    return {(fault.book.name, fault.what) for fault in verify_books()}


def test_every_book_is_sealed_and_stands_in_the_statement(world):
    path = sign_heads(now=NOW)
    assert {*read_heads(path).heads.books} == {book.name for book in BOOKS}
    assert found() == set()
    assert compare(published(), keys={public_key("heads")}, in_a_row=True) == []
    assert seal_books() == 0  # nothing new


@pytest.mark.parametrize("name", CHANGES)
def test_what_the_owner_changes_is_found(world, name):
    sign_heads(now=NOW)
    tamper(CHANGES[name])
    assert {book for book, _what in found()} == {name}
    assert str(verify_books()[0])


def test_seals_that_were_made_anew_are_found_by_an_older_head(world):
    sign_heads(now=NOW)
    tamper(CHANGES["events"])
    tamper("DELETE FROM subsidies_bookseal WHERE book = 'events'")
    seal_books()
    assert found() == set()
    (fault,) = compare(published(), keys={public_key("heads")})
    assert (fault.what, "申请经过" in str(fault)) == ("book", True)


def test_a_row_that_is_put_behind_a_seal_is_found(world):
    seal_books()
    tamper(
        "INSERT INTO subsidies_hold (claim_id, kind, evidence, reasons, placed_at, cleared_reasons, note, recorded_at)"
        " SELECT id, 'burst', '{}', '{}', now(), '{}', '', now() - interval '1 day' FROM subsidies_claim LIMIT 1"
    )
    assert found() == {("holds", "count")}


def test_seals_follow_one_another_and_come_from_processes_of_ours(world):
    seal_books()
    assert refused("UPDATE subsidies_bookseal SET entries = 1", because="only ever added")
    assert refused("DELETE FROM subsidies_bookseal", because="only ever added")
    assert forbidden("INSERT INTO subsidies_bookseal (book, no) VALUES ('events', 9)")
    forged = "SELECT seal_book('events', 2, now(), 0, sha256(''), sha256(''), repeat('0', 64))"
    assert refused(forged, because="no process of this system")
    tamper("UPDATE subsidies_bookseal SET entries = entries + 1 WHERE book = 'holds'")
    assert found() == {("holds", "link"), ("holds", "count")}
    assert BookSeal.objects.filter(book="holds").count() == 1
