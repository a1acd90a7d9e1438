"""A database behind its anchor sends nothing before the operator's book was read back and two people confirmed it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Claim, PayoutBatch, PayoutLine, PayoutStop
from subsidies.payouts.deployment import the_anchor_is_kept
from subsidies.payouts.selectors.stop import open_stop
from subsidies.payouts.services.payouts import approve_claims, make_payouts, release_payout
from subsidies.payouts.services.stops import (
    Ended,
    NotRead,
    SamePerson,
    confirm_stop,
    keep_book,
    stop_sending,
)
from subsidies.payouts.statement import Unread, read_statement
from subsidies.tasks import sweep_payouts
from tests.admin.district import logged_in
from tests.console import refused, tamper, update
from tests.factories import NOW, PAYER, UserFactory, make_staff
from tests.laid import laid

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def anchor(settings, tmp_path):
    settings.ANCHOR_FILE = str(tmp_path / "elsewhere" / "anchor.json")
    return tmp_path / "elsewhere" / "anchor.json"


@laid
def anna():
    return UserFactory(username="anna")


@laid
def bo():
    return UserFactory(username="bo")


@pytest.fixture
def paid(batch, releaser, outside):
    release_payout(batch=batch, by=releaser, now=NOW)
    sweep_payouts()
    return batch


def pay_all(scheme):
    """Whatever is settled goes its way to the operator."""
    claims = Claim.objects.filter(scheme=scheme)
    approve_claims(claims=claims, by=UserFactory(), now=NOW)
    made = make_payouts(scheme=scheme, claims=claims, by=UserFactory(), now=NOW)
    for each in made.batches:
        release_payout(batch=each, by=UserFactory(), now=NOW)
    sweep_payouts()


def restore_from_before_the_order(batch):
    """What the payment wrote is gone, as from a backup that was taken before it."""
    tamper("DELETE FROM subsidies_gatepass")
    tamper("DELETE FROM subsidies_operatoranswer")
    tamper("DELETE FROM subsidies_payoutline")
    tamper("DELETE FROM subsidies_payoutbatch")
    forget_the_money()


def forget_the_money():
    """Ledger, sums and claims are as before the payment."""
    tamper("DELETE FROM subsidies_ledgerentry WHERE kind = 'pay'")
    tamper(
        "UPDATE subsidies_scheme SET reserved_fen = reserved_fen + paid_fen, paid_fen = 0,"
        " ledger_seq = (SELECT max(seq) FROM subsidies_ledgerentry),"
        " ledger_head = (SELECT hash FROM subsidies_ledgerentry ORDER BY seq DESC LIMIT 1)"
    )
    tamper("UPDATE subsidies_stage SET reserved_fen = reserved_fen + paid_fen, paid_fen = 0")
    tamper("UPDATE subsidies_claim SET state = 'settled', approved_by_id = NULL")


def test_each_order_that_leaves_is_written_down_elsewhere(paid, anchor):
    told = json.loads(anchor.read_text())
    assert told["orders"] == [paid.request_no]
    assert told["heads"][paid.scheme.code][0] == 3  # funded, and two reservations: then it left


def test_after_a_restored_backup_nothing_leaves(paid, outside):
    """Proved before: 300 claims paid, restored, approved and paid again were 600 payments in the operator's book."""
    restore_from_before_the_order(paid)
    pay_all(paid.scheme)
    stop = open_stop()
    assert (stop.why, stop.detail) == ("behind", f"order {paid.request_no} left and is unknown here")
    assert set(PayoutLine.objects.values_list("state", flat=True)) == {"unknown"}
    assert outside.operator.summary()["orders"] == 1


def test_two_people_let_it_go_on_and_nobody_is_paid_twice(paid, outside, anna, bo):
    restore_from_before_the_order(paid)
    pay_all(paid.scheme)
    call_command("match_operator_book", "--by", "anna")
    stop = open_stop()
    assert {key: stop.found[key] for key in ("paid", "matched", "unbooked", "unexplained", "missing")} == {
        "paid": 2,
        "matched": 0,
        "unbooked": 2,
        "unexplained": 0,
        "missing": 0,
    }
    assert confirm_stop(stop=stop, by=anna, now=NOW) is False
    assert confirm_stop(stop=stop, by=bo, now=NOW) is True
    tamper("UPDATE subsidies_payoutbatch SET next_ask_at = released_at")
    sweep_payouts()
    assert set(Claim.objects.values_list("state", flat=True)) == {"paid"}
    summary = outside.operator.summary()
    assert (summary["payments"], summary["duplicates"]) == (2, [])
    assert open_stop() is None


def test_what_was_read_back_is_booked_and_not_sent(paid, outside, anna, bo):
    """Also where the operator has forgotten the numbers meanwhile: its memory is not what we rely on."""
    restore_from_before_the_order(paid)
    pay_all(paid.scheme)
    call_command("match_operator_book", "--by", "anna")
    for person in (anna, bo):
        confirm_stop(stop=open_stop(), by=person, now=NOW)
    outside.operator._orders.clear()
    outside.operator._lines.clear()
    tamper("UPDATE subsidies_payoutbatch SET next_ask_at = released_at")
    sweep_payouts()
    assert outside.operator._orders == {}
    assert set(Claim.objects.values_list("state", flat=True)) == {"paid"}
    faults = [
        each for each in verify_ledger(scheme=paid.scheme) if each.what != "tally"
    ]  # the helper keeps no tallies
    assert faults == []


def test_what_differs_is_told(paid, outside, anna):
    lines = read_statement(first=NOW.date(), last=(NOW + timedelta(days=3650)).date())
    twice, other = lines[0], replace(lines[1], amount_fen=1)
    stop = stop_sending(why=PayoutStop.Why.BY_HAND, detail="", by=anna, now=NOW)
    found = keep_book(stop=stop, lines=[twice, twice, other], by=anna, now=NOW).found
    assert (found["differing"], found["matched"]) == (2, 2)


def test_storage_that_is_gone_stops_everything(batch, releaser, outside, settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.ANCHOR_FILE = str(tmp_path / "file" / "anchor.json")
    release_payout(batch=batch, by=releaser, now=NOW)
    sweep_payouts()
    assert open_stop().why == "behind"
    assert outside.operator.summary()["orders"] == 0


def test_a_stop_is_written_step_by_step(anna, bo):
    row = "(state, why, detail, begun_at, found{}) VALUES ('{}', 'by_hand', '', now(), '{{}}'{})"
    read = row.format(", book_read_at", "open", ", now()")
    assert refused(f"INSERT INTO subsidies_payoutstop {read}", because="begins open")
    stop = stop_sending(why=PayoutStop.Why.BY_HAND, detail="", by=anna, now=NOW)
    at_once = f"state = 'ended', book_read_at = now(), first_by_id = {anna.pk}, second_by_id = {bo.pk}, ended_at = now()"
    assert refused(update(stop, at_once), because="step by step")
    keep_book(stop=stop, lines=[], by=anna, now=NOW)
    together = f"state = 'ended', first_by_id = {anna.pk}, second_by_id = {bo.pk}, ended_at = now()"
    assert refused(update(stop, together), because="step by step")


def test_a_ledger_with_another_row_is_behind(paid, anchor, scheme):
    told = json.loads(anchor.read_text())
    told["heads"][paid.scheme.code][1] = "00" * 32
    anchor.write_text(json.dumps(told))
    tamper("UPDATE subsidies_payoutbatch SET state = 'released', next_ask_at = now() - interval '1 day'")
    sweep_payouts()
    assert "has another row" in open_stop().detail


@pytest.mark.parametrize("text", ["", "{", "[]", '{"heads": 1}'])
def test_an_anchor_that_cannot_be_read_stops_everything(batch, releaser, outside, anchor, text):
    anchor.parent.mkdir()
    anchor.write_text(text)
    release_payout(batch=batch, by=releaser, now=NOW)
    sweep_payouts()
    assert open_stop().why == "behind"
    assert outside.operator.summary()["orders"] == 0


def test_an_anchor_that_is_gone_stops_everything_but_a_first_order(paid, anchor):
    anchor.unlink()
    tamper("UPDATE subsidies_payoutbatch SET state = 'finished'")
    other = PayoutBatch.objects.create(
        scheme=paid.scheme, number="X", request_no="X", made_by=UserFactory(), made_at=NOW, released_by=UserFactory(),
        released_at=NOW, next_ask_at=NOW, state="released", **PAYER,
    )  # fmt: skip
    sweep_payouts()
    assert open_stop().detail == "anchor missing"
    assert PayoutBatch.objects.get(pk=other.pk).state == "released"


def test_an_order_that_was_declined_and_leaves_again_is_known(paid, anchor, outside):
    tamper("UPDATE subsidies_payoutbatch SET state = 'discarded'")
    tamper("UPDATE subsidies_payoutline SET state = 'discarded'")
    forget_the_money()
    pay_all(paid.scheme)
    assert open_stop() is None


def test_nothing_leaves_while_it_is_stopped_whoever_says_so(batch, releaser, outside, anna):
    stop_sending(why=PayoutStop.Why.BY_HAND, detail="演练", by=anna, now=NOW)
    release_payout(batch=batch, by=releaser, now=NOW)
    sweep_payouts()
    assert outside.operator.summary()["orders"] == 0
    assert refused("UPDATE subsidies_payoutline SET state = 'unknown'", because="nothing leaves")


def test_it_is_stopped_once(anna):
    first = stop_sending(why=PayoutStop.Why.BY_HAND, detail="演练", by=anna, now=NOW)
    assert stop_sending(why=PayoutStop.Why.BEHIND, detail="again", by=None, now=NOW) == first


def test_nobody_confirms_what_was_not_read(anna):
    stop = stop_sending(why=PayoutStop.Why.BY_HAND, detail="演练", by=anna, now=NOW)
    with pytest.raises(NotRead):
        confirm_stop(stop=stop, by=anna, now=NOW)


def test_one_person_alone_ends_nothing(anna, bo):
    stop = stop_sending(why=PayoutStop.Why.BY_HAND, detail="演练", by=anna, now=NOW)
    keep_book(stop=stop, lines=[], by=anna, now=NOW)
    confirm_stop(stop=stop, by=anna, now=NOW)
    with pytest.raises(SamePerson):
        confirm_stop(stop=stop, by=anna, now=NOW)
    alone = f"state = 'ended', second_by_id = {anna.pk}, ended_at = now()"
    assert refused(update(stop, alone), because="a_stop_ends_by_two_people")
    assert refused(update(stop, "state = 'ended'"), because="a_stop_ends_by_two_people")
    confirm_stop(stop=stop, by=bo, now=NOW)
    with pytest.raises(Ended):
        confirm_stop(stop=stop, by=bo, now=NOW)


def test_a_new_reading_is_confirmed_anew(anna, bo):
    stop = stop_sending(why=PayoutStop.Why.BY_HAND, detail="演练", by=anna, now=NOW)
    keep_book(stop=stop, lines=[], by=anna, now=NOW)
    confirm_stop(stop=stop, by=anna, now=NOW)
    keep_book(stop=stop, lines=[], by=anna, now=NOW + timedelta(hours=1))
    assert confirm_stop(stop=stop, by=bo, now=NOW) is False


def test_a_book_that_is_not_read_to_its_end_is_none(paid, outside, anna):
    outside.behave(fail=1.0, modes=("error",))
    with pytest.raises(CommandError, match="没有读完"):
        call_command("match_operator_book", "--by", "anna")
    assert open_stop().book_read_at is None


def test_the_command_wants_somebody():
    with pytest.raises(CommandError, match="没有这个用户"):
        call_command("match_operator_book", "--by", "nobody")


def test_a_statement_is_read_page_by_page(paid, outside, monkeypatch):
    monkeypatch.setattr("ebikes.licensing.stub.server.STATEMENT_PAGE", 1)
    day = (NOW + timedelta(days=3650)).date()
    lines = read_statement(first=NOW.date(), last=day)
    assert sorted(line.number for line in lines) == sorted(paid.lines.values_list("request_no", flat=True))
    assert {line.amount_fen for line in lines} == {20_000, 30_000}
    assert all(line.paid and line.memo for line in lines)


def test_a_statement_in_words_that_nobody_knows_is_not_read(paid, outside):
    for line in outside.operator._lines.values():
        line["state"] = "WAIT"
    with pytest.raises(Unread):
        read_statement(first=NOW.date(), last=(NOW + timedelta(days=3650)).date())


@pytest.mark.parametrize(("file", "told"), [("", ["subsidies.W001"]), ("/elsewhere/anchor.json", [])])
def test_an_installation_without_an_anchor_is_warned(settings, file, told):
    settings.ANCHOR_FILE = file
    assert [each.id for each in the_anchor_is_kept(None)] == told


# ------------------------------------------------------------------ the page


@pytest.fixture
def read(paid, anna):
    stop_sending(why=PayoutStop.Why.BY_HAND, detail="演练", by=anna, now=NOW)
    call_command("match_operator_book", "--by", "anna")
    return open_stop()


def confirm(client, stop):
    seen = f"{stop.book_read_at}/{stop.first_by_id}"
    return client.post(
        reverse("staff-payout-stop"), {"confirmed": "1", "seen": seen, "note": "已核对"}, follow=True
    )


def test_the_page_says_what_was_found_and_takes_two_people(read):
    first, second = (logged_in(make_staff("finance")) for _ in range(2))
    page = first.get(reverse("staff-payout-stop")).content.decode()
    assert "2 笔，500 元" in page
    assert "须由另一位财务人员再次确认" in confirm(first, read).content.decode()
    read.refresh_from_db()
    assert "您已确认过" in first.get(reverse("staff-payout-stop")).content.decode()
    assert open_stop() is not None
    assert "发放已恢复" in confirm(second, read).content.decode()
    assert open_stop() is None


def test_the_home_page_leads_there(read):
    page = logged_in(make_staff("finance")).get(reverse("admin:index")).content.decode()
    assert "发放已停止，须两人核对后恢复" in page
    assert reverse("staff-payout-stop") in page


def test_before_the_book_was_read_there_is_nothing_to_confirm(anna):
    stop_sending(why=PayoutStop.Why.BY_HAND, detail="演练", by=anna, now=NOW)
    page = logged_in(make_staff("finance")).get(reverse("staff-payout-stop")).content.decode()
    assert "match_operator_book" in page
    assert 'name="note"' not in page
