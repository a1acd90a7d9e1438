"""Whoever owns the tables hides what speaks against a payment until it is made: it is refused, or found."""

from contextlib import contextmanager

import pytest
from django.db import DatabaseError, transaction

from core.database.owner import owning
from subsidies.claims.services.change_payee import change_payee
from subsidies.heads.selectors.decisions import verify_decisions
from subsidies.heads.services.watch import stop_where_forged
from subsidies.ledger.services.append import append_for_claims, lock_scheme
from subsidies.models import Claim, Hold, PayeeChange, PayeeCheck, PayoutLine, PayoutStop
from subsidies.payees.services.check_names import check_names
from subsidies.payouts.services.payouts import approve_claims, retry_failed
from subsidies.review.services.holds import clear_holds, place_holds
from subsidies.tasks import sweep_payouts
from tests.console import refused, sql, tamper, unguarded
from tests.factories import NOW, UserFactory
from tests.subsidies.outside import next_morning
from tests.subsidies.payouts.test_gate_before_money import approve_and_pay, pay

pytestmark = pytest.mark.django_db


def as_owner(statement):
    with owning():
        sql(statement)


@contextmanager
def away(row):
    """The row is gone meanwhile, and stands there again as it was; it was written down some time ago."""
    table = row._meta.db_table
    tamper(f"UPDATE {table} SET recorded_at = recorded_at - interval '1 minute' WHERE id = %s", row.pk)
    row.refresh_from_db()
    tamper(f"DELETE FROM {table} WHERE id = %s", row.pk)
    yield
    with unguarded():
        type(row).objects.bulk_create([row])


def found():
    return {fault.what for fault in verify_decisions()}


@pytest.fixture
def claim(approved):
    return approved.claims.get(stage__no=1)


def test_a_policy_hides_nothing_from_the_workers(claim):
    """They are past every policy; a process without their login ends with an error and never sees a part."""
    place_holds(kind=Hold.Kind.BURST, evidence={claim.pk: {}}, by=None, now=NOW)
    as_owner("CREATE POLICY hides ON subsidies_hold AS RESTRICTIVE USING (false)")
    assert Hold.objects.exists()
    sql("SELECT set_config('role', 'ebike_app', true)")
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        Hold.objects.exists()
    sql("SELECT set_config('role', 'ebike_worker', true)")


def test_a_table_of_another_schema_does_not_go_before_ours(approved):
    assert sql("SELECT current_schemas(false)") == [(["public"],)]
    named = "SELECT setting, source FROM pg_settings WHERE name = 'quote_all_identifiers'"
    assert sql(named) == [("off", "client")]  # by which what the tables hold is written


def test_a_hold_that_was_away_while_its_order_left_is_found_and_stops_what_leaves(
    claim, approved, maker, releaser, outside
):
    place_holds(kind=Hold.Kind.BURST, evidence={claim.pk: {}}, by=None, now=NOW)
    with away(Hold.objects.get()):
        pay(approved, maker, releaser)
        assert found() == set()
    assert found() == {"paid_while_held"}
    assert stop_where_forged(now=NOW)
    assert "paid_while_held 1" in PayoutStop.objects.get().detail


def test_a_hold_that_was_laid_after_its_order_had_left_is_no_fault(claim, approved, maker, releaser, outside):
    pay(approved, maker, releaser)
    place_holds(kind=Hold.Kind.BURST, evidence={claim.pk: {}}, by=None, now=NOW)
    assert found() == set()


def test_a_payment_to_an_older_payee_while_the_newest_was_away_is_found(
    claim, approved, approver, maker, releaser, outside
):
    change_payee(claim=claim, cells={"wallet_no": "6217000011112222"}, by=UserFactory(), now=NOW)
    clear_holds(holds=claim.holds.all(), by=UserFactory(), now=NOW, note="已核实")
    with away(claim.holds.get()), away(PayeeChange.objects.get()):
        approve_and_pay(claim, approver, maker, releaser)
        assert PayoutLine.objects.get(claim=claim).state == "success"
    assert found() == {"paid_elsewhere"}


def test_a_changed_payee_that_was_let_go_and_paid_is_no_fault(claim, approver, maker, releaser, outside):
    change_payee(claim=claim, cells={"wallet_no": "6217000011112222"}, by=UserFactory(), now=NOW)
    tamper("UPDATE subsidies_payeechange SET recorded_at = recorded_at - interval '1 minute'")
    clear_holds(holds=claim.holds.all(), by=UserFactory(), now=NOW, note="已核实")
    approve_and_pay(claim, approver, maker, releaser)
    assert PayoutLine.objects.get(claim=claim).state == "success"
    assert found() == set()


@pytest.mark.parametrize(
    "forgery", ["DELETE FROM subsidies_gatepass", "UPDATE subsidies_gatepass SET at = now()"]
)
def test_that_an_order_was_proved_is_not_made_up(approved, maker, releaser, outside, forgery):
    pay(approved, maker, releaser)
    tamper(forgery)
    assert found() in ({"not_passed", "astray"}, {"gate_passed"})
    assert refused(forgery, because="only ever added")


def test_a_payment_that_came_back_in_line_and_ledger_alone_is_not_made_again(
    claim, approved, approver, maker, releaser, outside
):
    pay(approved, maker, releaser)
    tamper(
        "UPDATE subsidies_payoutline SET state = 'returned', returned_at = now(), fail_reason = 'x' WHERE claim_id = %s",
        claim.pk,
    )
    with transaction.atomic():  # with the key of our processes, which the owner of the tables reads
        locked = lock_scheme(approved)
        for kind in ("return", "reserve"):
            append_for_claims(scheme=locked, kind=kind, claim_ids=[claim.pk], by=None, now=NOW)
        sql("UPDATE subsidies_claim SET state = 'payout_failed' WHERE id = %s", claim.pk)
    assert found() == {"outcome", "returned"}
    retry_failed(claims=Claim.objects.all(), by=approver, now=NOW)
    pay(approved, maker, releaser)
    assert "earlier" in PayoutLine.objects.get(attempt=2).said
    assert outside.operator.summary()["payments"] == 2


def test_what_the_statement_did_not_say_is_not_booked_as_returned(approved, maker, releaser, outside):
    """The owner's trigger turns what is read as paid into something that came back, as it is written down."""
    pay(approved, maker, releaser)
    as_owner(
        "CREATE FUNCTION turn() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.returned = true; RETURN NEW; END'"
    )
    as_owner(
        "CREATE TRIGGER turn BEFORE INSERT ON subsidies_statemententry FOR EACH ROW EXECUTE FUNCTION turn()"
    )
    next_morning()
    assert {*PayoutLine.objects.values_list("state", flat=True)} == {"success"}


def test_a_wallet_that_is_somebody_elses_is_not_paid_though_its_hold_is_gone(
    scheme, approver, maker, releaser, outside, settings
):
    settings.NAME_CHECK = True
    claim = scheme.claims.get(stage__no=1)
    approve_claims(claims=scheme.claims.all(), by=approver, now=NOW)
    check_names(now=NOW)
    tamper("UPDATE subsidies_payeecheck SET result = 'mismatch' WHERE claim_id = %s", claim.pk)
    assert found() == {"payee_checked"}
    pay(scheme, maker, releaser)
    assert "payee_checked" in PayoutLine.objects.get(claim=claim).said
    assert PayeeCheck.objects.count() == 2


def test_an_order_that_is_sent_again_is_proved_again(approved, maker, releaser, outside):
    outside.behave(fail=1.0, modes=("drop",))
    pay(approved, maker, releaser)
    outside.behave(fail=0.0)
    tamper("UPDATE subsidies_payoutbatch SET next_ask_at = now() - interval '1 hour'")
    sweep_payouts()
    assert PayoutLine.objects.first().batch.passes.count() == 2
    assert found() == set()
