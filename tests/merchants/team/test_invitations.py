"""Inviting and accepting: by whom, for how long, and once."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from core.audit.acting import acting
from core.database.owner import owning
from core.models import User
from merchants.models import Invitation, Membership
from merchants.team.invitations import (
    ExpiredInvitation,
    NotTheirsToInvite,
    UnknownInvitation,
    UnsuitableUsername,
    UsedInvitation,
    UsernameTaken,
    WaitingInvitation,
    WeakPassword,
    accept,
    confirm,
    invite,
    open_invitation,
)
from merchants.team.members import NotTheirs, deactivate, members_of, open_invitations
from tests.console import refused, tamper, update
from tests.core.accounts.conftest import PASSWORD
from tests.factories import (
    NOW,
    MerchantFactory,
    UserFactory,
    invited_by_two,
    lay_member,
    make_member,
    make_staff,
    move_member,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def invited(shop, by, role="clerk", name="李娜"):
    return invite(merchant=shop, role=role, name=name, by=by, now=NOW)


def accepted(token, username="li.na", password=PASSWORD, now=NOW):
    return accept(token=token, username=username, password=password, now=now)


def nothing_was_made(token):
    """Neither account nor membership, and the invitation is open still."""
    assert "李娜" not in {user.full_name for user in User.objects.all()}
    return open_invitation(token, now=NOW).accepted_by is None


# ------------------------------------------------------------------ inviting


@pytest.mark.parametrize("role", ["owner", "clerk"])
def test_staff_invite_anybody_anywhere(shop, staff, role):
    user = accepted(invited_by_two(shop, role, "李娜"))
    assert (user.membership.merchant, user.membership.role) == (shop, role)
    assert (user.full_name, user.is_staff, user.must_change_password) == ("李娜", False, False)
    assert user.check_password(PASSWORD)


def test_what_one_of_the_staff_invites_to_waits_for_another(shop, staff):
    """One of the staff alone let somebody into a shop before."""
    token = invited(shop, staff, "owner")
    invitation = Invitation.objects.get()
    with pytest.raises(WaitingInvitation):
        accepted(token)
    with pytest.raises(NotTheirsToInvite):
        confirm(invitation=invitation, by=staff, now=NOW)
    for alone, because in {
        f"confirmed_by_id = {staff.pk}, confirmed_at = now()": "by_another",
        f"confirmed_by_id = {UserFactory().pk}, confirmed_at = now()": "may not|holds no right|right",
        f"accepted_by_id = {staff.pk}, accepted_at = now()": "waits for a second person",
    }.items():
        assert refused(update(invitation, alone), because=because)
    confirm(invitation=invitation, by=make_staff("merchant_manager"), now=NOW)
    assert accepted(token).membership.role == "owner"
    with pytest.raises(NotTheirsToInvite):
        confirm(invitation=invitation, by=make_staff("merchant_manager"), now=NOW)


def test_an_invitation_that_is_laid_into_the_table_opens_nothing(shop, staff):
    tamper(
        "INSERT INTO merchants_invitation (merchant_id, role, name, token_hash, invited_by_id, invited_at, expires_at)"
        " VALUES (%s, 'owner', '\\x00', encode(sha256('evil'), 'hex'), %s, %s, %s)",
        *(shop.pk, staff.pk, NOW, NOW + DAY),
    )
    with pytest.raises(UnknownInvitation):
        open_invitation("evil", now=NOW)


def test_an_owner_invites_clerks(shop, owner):
    assert accepted(invited(shop, owner)).membership.role == "clerk"


@pytest.mark.parametrize("who", ["clerk", "owner of another", "nobody", "owner, as owner", "switched off"])
def test_nobody_else_invites(shop, owner, clerk, who):
    by, role = {
        "clerk": (clerk, "clerk"),
        "owner of another": (make_member(MerchantFactory(), "owner"), "clerk"),
        "nobody": (UserFactory(), "clerk"),
        "owner, as owner": (owner, "owner"),
        "switched off": (UserFactory(is_staff=True, is_active=False), "clerk"),
    }[who]
    with pytest.raises(NotTheirsToInvite):
        invited(shop, by, role)
    assert not Invitation.objects.exists()


def test_of_the_token_only_its_digest_is_kept(shop, owner):
    token = invited(shop, owner)
    row = Invitation.objects.values().get()
    assert len(row["token_hash"]) == 32
    assert (
        row["token_hash"] not in hashlib.sha256(token.encode()).hexdigest()
    )  # nobody makes it without a key
    assert token not in str(row)
    assert len(token) >= 43


def test_a_second_invitation_leaves_the_first_open(shop, owner):
    tokens = [invited(shop, owner), invited(shop, owner)]
    assert [accepted(token, name).membership.merchant for token, name in zip(tokens, "ab", strict=True)] == [
        shop,
        shop,
    ]


def test_an_invitation_is_accepted_by_somebody_at_some_time(shop, owner):
    invited(shop, owner)
    for half in ({"accepted_at": NOW}, {"accepted_by": owner}):
        with pytest.raises(IntegrityError, match="accepted_by_somebody"), acting("x", by=None, now=NOW):
            Invitation.objects.update(**half)


# ------------------------------------------------------------------ accepting


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "\x00", "邀请"])
def test_a_token_that_nobody_was_given_opens_nothing(shop, owner, token):
    invited(shop, owner)
    with pytest.raises(UnknownInvitation):
        accepted(token)


def test_the_digest_is_no_token(shop, owner):
    invited(shop, owner)
    with pytest.raises(UnknownInvitation):
        accepted(Invitation.objects.get().token_hash)


def test_it_is_open_for_fourteen_days(shop, owner):
    token = invited(shop, owner)
    with pytest.raises(ExpiredInvitation):
        accepted(token, now=NOW + 14 * DAY)
    assert accepted(token, now=NOW + 14 * DAY - timedelta(seconds=1))


def test_it_is_accepted_once(shop, owner):
    token = invited(shop, owner)
    user = accepted(token)
    with pytest.raises(UsedInvitation):
        accepted(token, "somebody.else")
    row = Invitation.objects.get()
    assert (row.accepted_by, row.accepted_at) == (user, NOW)
    assert User.objects.filter(username="somebody.else").count() == 0


@pytest.mark.parametrize("since", ["switched off", "a clerk now", "elsewhere"])
def test_it_ends_with_the_right_of_whoever_invited(shop, owner, since):
    token = invited(shop, owner)
    if since == "switched off":
        User.objects.filter(pk=owner.pk).update(is_active=False)
    elif since == "a clerk now":
        move_member(owner, role="clerk")
    else:
        move_member(owner, merchant=MerchantFactory())
    with pytest.raises(ExpiredInvitation):
        accepted(token)


@pytest.mark.parametrize("username", ["li.na", "Li.Na", "ｌi.na"])
def test_a_name_that_is_taken_is_refused_whatever_its_capitals(shop, owner, username):
    UserFactory(username="li.na")
    token = invited(shop, owner)
    with pytest.raises(UsernameTaken):
        accepted(token, username)
    assert nothing_was_made(token)


@pytest.mark.parametrize("username", ["", " ", "li na", "li/na", "\x00", "x" * 151, "<b>"])
def test_what_is_no_user_name_is_refused_in_words(shop, owner, username):
    token = invited(shop, owner)
    with pytest.raises(UnsuitableUsername) as refused:
        accepted(token, username)
    assert refused.value.messages
    assert nothing_was_made(token)


@pytest.mark.parametrize("password", ["", "Ab1", "abcdefgh", "abcdefg1", "P@ssw0rd", "Li.Na2022"])
def test_a_weak_password_is_refused_in_words(shop, owner, password):
    token = invited(shop, owner)
    with pytest.raises(WeakPassword) as refused:
        accepted(token, "li.na2022", password)
    assert refused.value.messages
    assert nothing_was_made(token)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_comes_in(shop, owner):
    token = invited(shop, owner)

    def one(number):
        try:
            return accepted(token, f"li.na{number}").username
        except UsedInvitation:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        names = [name for name in pool.map(one, range(4)) if name]
    assert [membership.user.username for membership in Membership.objects.filter(role="clerk")] == names
    assert len(names) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_want_one_name_at_once_one_gets_it(shop, owner):
    tokens = [invited(shop, owner) for _ in range(4)]

    def one(token):
        try:
            return accepted(token).pk
        except UsernameTaken:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len([pk for pk in pool.map(one, tokens) if pk]) == 1
    assert open_invitations(shop, now=NOW).count() == 3


# ------------------------------------------------------------------ the members_of of a merchant


def test_an_owner_switches_off_a_clerk_once(shop, owner, clerk):
    deactivate(merchant=shop, user_id=clerk.pk)
    clerk.refresh_from_db()
    assert not clerk.is_active
    with pytest.raises(NotTheirs):
        deactivate(merchant=shop, user_id=clerk.pk)


@pytest.mark.parametrize("who", ["itself", "another owner", "another's clerk", "nobody"])
def test_nobody_else_is_switched_off(shop, owner, who):
    person = {
        "itself": lambda: owner,
        "another owner": lambda: make_member(shop, "owner"),
        "another's clerk": lambda: make_member(MerchantFactory(), "clerk"),
        "nobody": UserFactory,
    }[who]()
    with pytest.raises(NotTheirs):
        deactivate(merchant=shop, user_id=person.pk)
    person.refresh_from_db()
    assert person.is_active


def test_nobody_is_staff_and_belongs_to_a_shop(shop, clerk):
    with pytest.raises(IntegrityError, match="cannot be staff"), transaction.atomic(), owning():
        User.objects.filter(pk=clerk.pk).update(is_staff=True)
    with pytest.raises(IntegrityError, match="cannot be staff"), transaction.atomic():
        lay_member(UserFactory(is_staff=True), shop, "clerk")


def test_the_people_are_the_merchants_own_owners_first_and_those_switched_off_last(shop, owner, clerk):
    gone = make_member(shop, "owner")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    make_member(MerchantFactory())
    assert [member.user for member in members_of(shop)] == [owner, clerk, gone]


def test_only_what_can_still_be_accepted_is_open(shop, owner):
    used, _open = invited(shop, owner, name="甲"), invited(shop, owner, name="乙")
    invited(MerchantFactory(), UserFactory(is_staff=True))
    accepted(used)
    assert [row.name for row in open_invitations(shop, now=NOW)] == ["乙"]
    assert not open_invitations(shop, now=NOW + 14 * DAY)
    assert timezone.is_aware(open_invitations(shop, now=NOW).get().expires_at)
