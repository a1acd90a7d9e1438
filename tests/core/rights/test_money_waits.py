"""For a day after new rights no money is moved by whoever got them: not on the pages, not by plain SQL."""

import pytest
from django.db import DatabaseError
from django.utils import timezone

from core.decisions import mark
from core.models import User
from core.rights import services
from core.rights.marked import RIGHTS_CONFIRMED
from core.rights.waiting import waits_until
from subsidies.models import PayoutBatch
from subsidies.payouts.services.payouts import release_payout
from tests.admin.district import District
from tests.console import sql, tamper, update
from tests.factories import UserFactory, give_role, make_staff

pytestmark = pytest.mark.django_db

RELEASE = "subsidies.change_payoutbatch"
LEFT = {  # who typed, looked, sent or stopped something: of that alone no money moves
    *("subsidies_caselook.by_id", "subsidies_claimevent.by_id", "subsidies_ledgerentry.by_id"),
    *("subsidies_hold.placed_by_id", "subsidies_payeechange.by_id"),
    *("subsidies_payoutstop.begun_by_id", "subsidies_payoutstop.book_read_by_id"),
    *("subsidies_statementfile.sent_by_id", "subsidies_statementlayout.told_by_id"),
    *("subsidies_statementreading.read_by_id", "subsidies_difference.owner_id"),
    *("subsidies_caseassignment.holder_id", "subsidies_caseassignment.given_by_id"),
    *("subsidies_casenote.by_id", "subsidies_workreminder.person_id"),
    "subsidies_laboratoryrun.asked_by_id",
    *("subsidies_shopanswer.by_id", "subsidies_verification.by_id"),
}


def changed(person, kind="roles", roles=("finance",)):
    """Let two administrators do it now; the person as the next request has it."""
    keeper, guard, now = make_staff("sysadmin"), make_staff("security"), timezone.now()
    told = {"roles": roles} if kind == "roles" else {}
    change, _half = services.propose(kind=kind, by=keeper, now=now, note="x", person=person, **told)
    services.confirm(change=change, by=guard, now=now)
    return User.objects.get(pk=person.pk)


def ago(person, hours):
    """Lay the change so many hours earlier."""
    tamper(
        "UPDATE core_rightschange SET decided_at = decided_at - make_interval(hours => %s) WHERE person_id = %s",
        *(hours, person.pk),
    )
    mark(RIGHTS_CONFIRMED, person.rights_changes.values_list("pk", flat=True), at=timezone.now())
    return User.objects.get(pk=person.pk)


@pytest.fixture
def draft():
    """A payout batch that waits to be released."""
    district = District()
    return district.pay(district.grow())


@pytest.mark.parametrize(("hours", "may"), [(1, False), (23, False), (24, True)])
def test_a_batch_is_released_a_day_after_the_role_was_given(draft, hours, may):
    person = ago(changed(UserFactory()), hours)
    assert person.has_perm(RELEASE) is may
    assert (waits_until(person) is None) is may
    if may:
        release_payout(batch=draft, by=person, now=timezone.now())
    else:
        with pytest.raises(DatabaseError, match="moves no money yet"):
            release_payout(batch=draft, by=person, now=timezone.now())
    assert PayoutBatch.objects.filter(released_by=person).exists() is may


def test_nor_by_plain_sql(draft):
    finance, reviewer = changed(UserFactory()), changed(UserFactory(), roles=["reviewer"])
    for statement in (
        update(draft, f"released_by_id = {finance.pk}, released_at = now(), state = 'released'"),
        f"UPDATE subsidies_claim SET approved_by_id = {reviewer.pk}",
    ):
        with pytest.raises(DatabaseError, match="moves no money yet"):
            sql(statement)


def test_nobody_decides_without_the_right_to_it_whatever_the_page_let_through(draft):
    reviewer, officer = make_staff("reviewer"), make_staff("officer")
    for statement in (
        update(draft, f"released_by_id = {reviewer.pk}, released_at = now(), state = 'released'"),
        f"UPDATE subsidies_claim SET approved_by_id = {officer.pk}",
    ):
        with pytest.raises(DatabaseError, match="does not hold the right"):
            sql(statement)


def test_every_column_that_names_who_decides_about_money_is_watched():
    """A new one asks here whether whoever it names must hold a right; `LEFT` are those of whom nothing is decided."""
    named = sql(
        "SELECT conrelid::regclass || '.' || a.attname FROM pg_constraint c JOIN pg_attribute a ON attrelid = conrelid"
        " AND attnum = conkey[1] WHERE confrelid = 'core_user'::regclass AND conrelid::regclass::text LIKE 'subsidies_%%'"
    )
    watched = sql(
        "SELECT tgrelid::regclass || '.' || split_part(encode(tgargs, 'escape'), '\\000', 1) FROM pg_trigger"
        " WHERE tgfoid = 'deciders_may'::regproc"
    )
    assert {each for (each,) in set(named) - set(watched)} == LEFT


def test_nor_by_somebody_who_is_shut_out(draft):
    gone = UserFactory(is_active=False)
    with pytest.raises(DatabaseError, match="no active account"):
        sql(update(draft, f"released_by_id = {gone.pk}, released_at = now(), state = 'released'"))


@pytest.mark.parametrize("kind", ["password", "reactivate"])
def test_a_reset_waits_too(kind):
    person = make_staff("finance")
    if kind == "reactivate":
        User.objects.filter(pk=person.pk).update(is_active=False)
        person.refresh_from_db()
    person = changed(person, kind)
    assert not person.has_perm(RELEASE)
    assert person.has_perm("subsidies.view_payoutbatch")


def test_to_lose_a_role_waits_for_nothing():
    person = make_staff("finance")
    give_role(person, "finance", "merchant_manager")
    assert changed(person, roles=("finance",)).has_perm(RELEASE)


def test_who_was_laid_before_waits_for_nothing():
    assert make_staff("finance").has_perm(RELEASE)
