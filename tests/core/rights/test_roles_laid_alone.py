"""Whoever owns the tables writes a role into them: nobody holds it by that, and the night says whose it is."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone

from core.database.owner import owning
from core.models import RightsChange, User
from core.rights.appointed import misplaced
from core.rights.services import NotYours, deactivate, propose
from subsidies.heads.selectors.decisions import verify_decisions
from tests.admin.district import logged_in
from tests.console import sql, tamper
from tests.factories import UserFactory, change_rights, give_role, make_staff

pytestmark = pytest.mark.django_db

RELEASE, WHO = "subsidies.change_payoutbatch", "ebikes.see_personal_data"


def now(person):
    """The person as the next request has it."""
    return User.objects.get(pk=person.pk)


def found():
    return [(fault.what, fault.first) for fault in verify_decisions()]


def lay(person, role):
    with owning():
        person.groups.add(Group.objects.get(name=role))
        User.objects.filter(pk=person.pk).update(is_staff=True)


@pytest.mark.parametrize("role", ["finance", "reviewer", "sysadmin"])
def test_a_role_that_the_owner_of_the_tables_laid_opens_nothing(role):
    thief = UserFactory()
    lay(thief, role)
    assert now(thief).get_all_permissions() == set()
    assert logged_in(now(thief)).get(reverse("admin:subsidies_claim_changelist")).status_code == 403
    assert found() == [("misplaced", (thief.pk,))]


def test_nor_does_one_more_beside_a_role_held_by_right():
    auditor = make_staff("merchant_manager")
    assert found() == []
    lay(auditor, "officer")
    rights = now(auditor).get_all_permissions()
    assert "merchants.change_merchant" in rights
    assert WHO not in rights
    assert found() == [("misplaced", (auditor.pk,))]


@pytest.mark.parametrize("how", ["superuser", "right of the person", "right of the group"])
def test_nor_do_columns_and_tables_of_rights(how):
    person = make_staff("officer")
    with owning():
        if how == "superuser":
            User.objects.filter(pk=person.pk).update(is_superuser=True)
        elif how == "right of the person":
            person.user_permissions.set(Permission.objects.all())
        else:
            Group.objects.get(name="officer").permissions.set(Permission.objects.all())
    assert now(person).has_perm(WHO)
    assert not now(person).has_perm(RELEASE)
    assert not now(person).has_perms([WHO, RELEASE])
    assert not now(person).has_module_perms("auth")


def test_nor_does_a_change_of_rights_that_was_written_in_the_name_of_two():
    thief, keeper, guard = UserFactory(), make_staff("sysadmin"), make_staff("security")
    lay(thief, "finance")
    tamper(
        "INSERT INTO core_rightschange (kind, person_id, username, roles, roles_before, note, state, proposed_by_id,"
        " proposed_at, decided_by_id, decided_at, decision_note, id) VALUES ('roles', %s, %s, '{finance}', '{}', 'x',"
        " 'confirmed', %s, now() - interval '3 days', %s, now() - interval '2 days', '', 77)",
        *(thief.pk, thief.username, keeper.pk, guard.pk),
    )
    assert now(thief).get_all_permissions() == set()
    assert found() == [
        *((f"rights_{done}", (77,)) for done in ("proposed", "confirmed")),
        ("misplaced", (thief.pk,)),
    ]


def test_a_role_that_was_taken_does_not_come_back_by_leaving_out_that_it_was():
    person = make_staff("finance")
    change_rights(person, "roles", roles=["merchant_manager"])
    taken = RightsChange.objects.get(person=person, kind="roles")
    tamper("DELETE FROM core_rightschange WHERE id = %s", taken.pk)
    lay(person, "finance")
    assert ("astray", (taken.pk,)) in found()


def test_administrators_laid_by_the_owner_of_the_tables_change_no_rights():
    keeper, person = UserFactory(), UserFactory()
    lay(keeper, "sysadmin")
    with pytest.raises(NotYours):
        propose(kind="roles", by=now(keeper), now=timezone.now(), note="x", person=person, roles=["finance"])


def test_who_was_shut_out_comes_back_by_two_people_alone():
    person, keeper = make_staff("reviewer"), make_staff("sysadmin")
    deactivate(person=person, by=keeper, now=timezone.now(), note="调离")
    assert found() == []
    with owning():
        User.objects.filter(pk=person.pk).update(is_active=True)
    assert found() == [("misplaced", (person.pk,))]
    with owning():
        User.objects.filter(pk=person.pk).update(is_active=False)
    change_rights(now(person), "reactivate")
    assert found() == []


def test_the_application_lays_no_first_rights():
    person = UserFactory()
    with pytest.raises(DatabaseError, match="come from the owner"):
        sql(
            "INSERT INTO core_rightschange (kind, person_id, username, roles, roles_before, note, state, proposed_by_id,"
            " proposed_at, decided_by_id, decided_at, decision_note, id) VALUES ('first', %s, %s, '{finance}', '{}', 'x',"
            " 'confirmed', %s, now(), %s, now(), '', 77)",
            *(person.pk, person.username, person.pk, person.pk),
        )


def test_the_newest_change_counts():
    person = make_staff("officer")
    give_role(person, "merchant_manager")
    assert misplaced() == []
    lay(person, "officer")
    assert not now(person).has_perm(WHO)
