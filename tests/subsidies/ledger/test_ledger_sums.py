"""The sums on scheme and stage are the ledger's: nobody sets them by hand; and the verbs that write to it."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction

from subsidies.allocation.services.allocate import allocate
from subsidies.ledger.services.append import OutsideTransaction, append_for_claims, lock_scheme
from subsidies.models import Scheme, Stage
from tests.console import refused, sql, update
from tests.factories import NOW, make_claim, make_scheme

pytestmark = pytest.mark.django_db


@pytest.fixture
def scheme():
    """Two settled claims: funding and two reservations are in the ledger."""
    scheme = make_scheme(budget_fen=100_000)
    make_claim(scheme)
    make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    scheme.refresh_from_db()
    return scheme


@pytest.mark.parametrize(
    "change",
    [
        "funded_fen = funded_fen + 1",
        "reserved_fen = 0",
        "paid_fen = 1",
        "ledger_seq = 0",
        "ledger_head = decode(repeat('11', 32), 'hex')",
        "code = 'renamed'",
    ],
)
def test_nobody_sets_the_sums_of_a_scheme_by_hand(scheme, change):
    assert refused(update(scheme, change), because="not set by hand")


@pytest.mark.parametrize(
    "change", ["reserved_fen = 0", "paid_fen = 1", "no = no + 10", "scheme_id = scheme_id + 1"]
)
def test_nobody_sets_the_sums_of_a_stage_by_hand(scheme, change):
    assert refused(update(scheme.stages.first(), change), because="not set by hand")


def test_a_scheme_may_be_renamed_for_people(scheme):
    assert sql("UPDATE subsidies_scheme SET name = '新名' WHERE id = %s", scheme.pk) == 1


@pytest.mark.parametrize("sums", [{"funded_fen": 1}, {"ledger_seq": 5}, {"ledger_head": b"\1" * 32}])
def test_a_scheme_is_not_born_rich(sums):
    with pytest.raises(IntegrityError, match="begins with empty sums"), transaction.atomic():
        Scheme.objects.create(code="rich", name="rich", **sums)


def test_a_stage_is_not_born_with_money(scheme):
    with pytest.raises(IntegrityError, match="begins with empty sums"), transaction.atomic():
        Stage.objects.create(
            scheme=scheme,
            no=9,
            starts_on=date(2022, 9, 1),
            ends_on=date(2022, 9, 2),
            amount_fen=1,
            paid_fen=1,
        )


# ------------------------------------------------------------------ the verbs


def test_a_lock_outside_a_transaction_is_refused(scheme, monkeypatch):
    monkeypatch.setattr("subsidies.ledger.services.append.connection", SimpleNamespace(in_atomic_block=False))
    with pytest.raises(OutsideTransaction):
        lock_scheme(scheme)


def test_a_verb_cannot_release_twice_either(scheme):
    claims = [c.pk for c in scheme.claims.all()]
    append_for_claims(scheme=scheme, kind="release", claim_ids=claims, by=None, now=NOW)
    with pytest.raises(IntegrityError, match="never_oversold"), transaction.atomic():
        append_for_claims(scheme=scheme, kind="release", claim_ids=claims, by=None, now=NOW)
