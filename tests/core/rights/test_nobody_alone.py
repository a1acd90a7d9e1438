"""A right takes two administrators: what one of them tries alone, in the services and by plain SQL."""

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from core.audit.acting import acting
from core.models import AuditEntry, RightsChange, User
from core.rights import services
from core.rights.services import ClashingRoles, NotPossible, NotWaiting, NotYours
from tests.console import owning, refused, sql, update
from tests.factories import (
    MerchantFactory,
    UserFactory,
    give_password,
    give_role,
    lay_factor,
    make_member,
    make_staff,
)
from tests.laid import laid

pytestmark = pytest.mark.django_db

Kind = RightsChange.Kind


@laid
def keeper():
    """The system administrator."""
    return make_staff("sysadmin")


@pytest.fixture
def _administrator_asks(keeper):
    """What is done is done in the system administrator's name."""
    with acting("alone", by=keeper, now=timezone.now()):
        yield


@laid
def guard():
    """The security administrator."""
    return make_staff("security")


def propose(by, kind, person=None, **told):
    now = timezone.now()
    return services.propose(kind=kind, by=by, now=now, note="拱市监〔2022〕5号", person=person, **told)


def new_account(by, username="li.na", roles=("officer",)):
    return propose(by, Kind.NEW_ACCOUNT, username=username, full_name="李娜", roles=roles)


def confirm(change, by):
    return services.confirm(change=change, by=by, now=timezone.now())


def test_two_administrators_make_an_account_and_each_knows_half_of_its_password(keeper, guard):
    change, first = new_account(keeper)
    assert not User.objects.filter(username="li.na").exists()
    second = confirm(change, guard)
    person = User.objects.get(username="li.na")
    assert (person.is_staff, person.must_change_password) == (True, True)
    assert [group.name for group in person.groups.all()] == ["officer"]
    assert [
        bool(person.check_password(each)) for each in (first, second, second + first, first + second)
    ] == [*(False, False, False, True)]
    assert change.person == person
    assert sql("SELECT half FROM core_rightschange WHERE kind <> 'first'") == [(None,)]


def test_the_half_that_waits_is_sealed(keeper):
    _change, first = new_account(keeper)
    ((half,),) = sql("SELECT half FROM core_rightschange WHERE kind <> 'first'")
    assert first.encode() not in bytes(half)


def test_one_administrator_alone_makes_no_accounts_to_pay_himself_with(keeper):
    change, _half = new_account(keeper)
    with pytest.raises(NotYours):
        confirm(change, keeper)
    give_role(keeper, "security")  # even if he were the other one now
    with pytest.raises(NotYours):
        confirm(change, keeper)
    with pytest.raises(DatabaseError), transaction.atomic():
        User.objects.create(username="li.na", is_staff=True)


def test_one_administrator_does_not_become_a_colleague_by_a_new_password(keeper, guard):
    colleague = make_staff("finance")
    give_password(colleague, "Gongshu-2022")
    change, first = propose(keeper, Kind.PASSWORD, colleague)
    assert authenticate(username=colleague.username, password="Gongshu-2022")
    assert not authenticate(username=colleague.username, password=first)
    second = confirm(change, guard)
    for alone in (first, second):
        assert not authenticate(username=colleague.username, password=alone)
    assert authenticate(username=colleague.username, password=first + second).must_change_password


def test_nobody_proposes_or_confirms_for_oneself(keeper, guard):
    with pytest.raises(NotYours):
        propose(keeper, Kind.PASSWORD, keeper)
    change, _half = propose(keeper, Kind.PASSWORD, guard)
    with pytest.raises(NotYours):
        confirm(change, guard)


@pytest.mark.parametrize("role", ["officer", "auditor", "security"])
def test_nobody_else_proposes(role):
    with pytest.raises(NotYours):
        new_account(make_staff(role))


@pytest.mark.parametrize("role", ["officer", "auditor", "sysadmin"])
def test_nobody_else_confirms(keeper, role):
    change, _half = new_account(keeper)
    with pytest.raises(NotYours):
        confirm(change, make_staff(role))


def test_what_is_decided_is_decided(keeper, guard):
    change, _half = new_account(keeper)
    services.decline(change=change, by=guard, now=timezone.now(), note="没有这个人")
    with pytest.raises(NotWaiting):
        confirm(change, guard)
    again, _half = new_account(keeper)
    services.withdraw(change=again, by=keeper, now=timezone.now())
    assert not User.objects.filter(username="li.na").exists()
    assert set(RightsChange.objects.values_list("half", flat=True)) == {None}


def test_one_change_of_an_account_waits_at_a_time(keeper):
    new_account(keeper)
    with pytest.raises(NotWaiting):
        new_account(keeper)


def test_roles_come_and_go_by_two_and_the_trail_says_who(keeper, guard):
    person = make_staff("officer")
    change, _half = propose(keeper, Kind.ROLES, person, roles=["merchant_manager"])
    assert [group.name for group in person.groups.all()] == ["officer"]
    confirm(change, guard)
    assert [group.name for group in person.groups.all()] == ["merchant_manager"]
    entry = AuditEntry.objects.filter(detail__part="core.user_groups", action="create").latest("pk")
    assert (entry.by, entry.detail["verb"], entry.object_id) == (guard, "confirm_rights", str(person.pk))


def test_somebody_is_shut_out_by_one_and_let_in_again_by_two(keeper, guard):
    person = make_staff("officer")
    services.deactivate(person=person, by=guard, now=timezone.now(), note="离职")
    person.refresh_from_db()
    assert not person.is_active
    assert refused(update(person, "is_active = true"), because="takes two administrators")
    change, _half = propose(keeper, Kind.REACTIVATE, person)
    confirm(change, guard)
    person.refresh_from_db()
    assert person.is_active


@pytest.mark.parametrize(
    "pair",
    [
        ("officer", "finance"),
        ("reviewer", "merchant_manager"),
        ("officer", "reviewer"),
        ("security", "officer"),
        ("security", "sysadmin"),
    ],
)
def test_roles_that_must_not_meet_are_refused_whoever_gives_them(keeper, pair):
    with pytest.raises(ClashingRoles):
        new_account(keeper, roles=pair)
    person = make_staff(pair[0])
    with pytest.raises(DatabaseError, match="at once"), transaction.atomic():
        give_role(person, *pair)


def test_a_clerk_is_not_made_staff(keeper, guard):
    clerk = make_member(MerchantFactory())
    with pytest.raises(NotPossible):
        propose(keeper, Kind.ROLES, clerk, roles=["officer"])


# ------------------------------------------------------------------ plain SQL with the application's rights


def _role(person, role="finance"):
    return (
        "INSERT INTO core_user_groups (user_id, group_id) VALUES (%s, %s)",
        *(person.pk, Group.objects.get(name=role).pk),
    )


def forbidden_by_guard(statement, *params, because):
    with pytest.raises(DatabaseError, match=because):
        sql(statement, *params)


def test_no_statement_gives_a_role_a_right_or_a_place(keeper):
    person = UserFactory()
    forbidden_by_guard(*_role(person), because="by two administrators")
    forbidden_by_guard(
        "INSERT INTO core_user_user_permissions (user_id, permission_id) VALUES (%s, %s)",
        *(person.pk, Permission.objects.first().pk),
        because="by roles alone",
    )
    forbidden_by_guard(update(person, "is_staff = true"), because="takes two administrators")
    forbidden_by_guard(update(person, "is_superuser = true"), because="nobody may do everything")
    forbidden_by_guard(update(person, "username = 'somebody'"), because="is for good")
    forbidden_by_guard(
        "UPDATE core_user_groups SET user_id = %s WHERE user_id = %s",
        person.pk,
        keeper.pk,
        because="by two administrators",
    )


def test_no_statement_takes_a_role_away_or_somebody_out_of_the_office():
    person = make_staff("auditor")
    forbidden_by_guard(
        "DELETE FROM core_user_groups WHERE user_id = %s", person.pk, because="by two administrators"
    )
    forbidden_by_guard(update(person, "is_staff = false"), because="takes two administrators")


@pytest.mark.usefixtures("_administrator_asks")
def test_no_statement_of_an_administrator_sets_somebody_elses_password_or_second_factor():
    person = make_staff("finance")
    factor = lay_factor(person)
    for statement in (
        update(person, "password = 'x'"),
        update(factor, "secret = ''"),
        f"DELETE FROM core_secondfactor WHERE id = {factor.pk}",
        "INSERT INTO core_passkey (user_id, name, credential_id, credential, sign_count, made_at)"
        f" VALUES ({person.pk}, '', '', '', 0, now())",
    ):
        forbidden_by_guard(statement, because="by that person, or by two administrators")


def test_somebody_changes_the_own_password_and_old_hashes_give_way_in_that_name(settings):
    person = make_staff("finance")
    give_password(person, "Gongshu-2022")
    settings.PASSWORD_HASHERS = ["core.accounts.hashing.Argon2id", *settings.PASSWORD_HASHERS]
    assert authenticate(username=person.username, password="Gongshu-2022")
    person.refresh_from_db()
    assert person.password.startswith("argon2")


def test_an_old_hash_of_somebody_who_is_shut_out_is_left_and_told_like_a_wrong_password(settings):
    person = make_staff("finance")
    give_password(person, "Gongshu-2022")
    User.objects.filter(pk=person.pk).update(is_active=False)
    settings.PASSWORD_HASHERS = ["core.accounts.hashing.Argon2id", *settings.PASSWORD_HASHERS]
    assert authenticate(username=person.username, password="Gongshu-2022") is None


def test_a_change_that_nobody_confirmed_or_another_one_covers_nothing(keeper, guard):
    person = UserFactory()
    waiting, _half = propose(keeper, Kind.ROLES, person, roles=["officer"])
    told = "SELECT set_config('ebikes.rights', '{}', true)"
    sql(told.format(waiting.pk))
    forbidden_by_guard(*_role(person, "officer"), because="by two administrators")
    confirm(waiting, guard)
    sql(told.format(waiting.pk))
    forbidden_by_guard(*_role(person, "finance"), because="by two administrators")
    forbidden_by_guard(*_role(UserFactory(), "officer"), because="by two administrators")
    sql("SET LOCAL ebikes.rights = ''")


@pytest.mark.parametrize(
    ("forged", "because"),
    [
        ("state = 'confirmed', half = NULL, decided_by_id = proposed_by_id, decided_at = now()", "who acts"),
        ("roles = '{finance}'", "not rewritten"),
        ("proposed_by_id = decided_by_id", "not rewritten"),
    ],
)
def test_a_proposal_is_not_forged(keeper, guard, forged, because):
    change, _half = new_account(keeper)
    with acting("forge", by=keeper, now=timezone.now()):
        forbidden_by_guard(update(change, forged), because=because)
    with owning():
        forbidden_by_guard("DELETE FROM core_rightschange", because="is kept")


# ------------------------------------------------------------------ the first two


def test_the_first_two_are_made_once(capsys):
    call_command("first_administrators", "zhang.wei", "li.na")
    roles = {user.username: [each.name for each in user.groups.all()] for user in User.objects.all()}
    assert roles == {"zhang.wei": ["sysadmin"], "li.na": ["security"]}
    with pytest.raises(CommandError, match="已有账号担任角色"):
        call_command("first_administrators", "wang.min", "zhao.lei")
    with pytest.raises(CommandError, match="两个人"):
        call_command("first_administrators", "wang.min", "Wang.Min")
