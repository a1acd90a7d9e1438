"""Inviting somebody to a merchant, and becoming one of its people."""

import secrets
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.views.decorators.debug import sensitive_variables

from core.audit.acting import acting
from core.models import User
from core.privacy.sealing import fingerprint
from merchants.models import Invitation, Membership, Merchant

VALID_FOR = timedelta(days=14)
Role = Membership.Role


class InvitationRefused(Exception):
    """This invitation makes nobody a member."""


class UnknownInvitation(InvitationRefused):
    """Nobody was ever given such a token."""


class ExpiredInvitation(InvitationRefused):
    """Its days are over, or whoever invited may not invite any more."""


class UsedInvitation(InvitationRefused):
    """Somebody accepted it already."""


class NotTheirsToInvite(Exception):
    """Staff invite anybody anywhere; an owner invites clerks to the own merchant; nobody else invites."""


class WaitingInvitation(InvitationRefused):
    """One of the staff invited; another has to confirm it first."""


class UsernameTaken(Exception):
    """Somebody has that user name, whatever its capitals."""


class Unsuitable(Exception):
    """What was typed is against the rules; `messages` says which."""

    def __init__(self, error: ValidationError) -> None:
        super().__init__(error)
        self.messages = error.messages


class UnsuitableUsername(Unsuitable):
    """Of another length or with other characters than a user name has."""


class WeakPassword(Unsuitable):
    """Too short, too simple, too common."""


def invite(*, merchant: Merchant, role: str, name: str, by: User, now: datetime) -> str:
    """Return the token of the link, which is kept nowhere. Earlier invitations go on. Raises NotTheirsToInvite."""
    if not may_invite(by, merchant, role):
        raise NotTheirsToInvite
    token = secrets.token_urlsafe(32)
    with acting("invite", by=by, now=now):
        Invitation.objects.create(
            merchant=merchant,
            role=role,
            name=name,
            token_hash=_hash(token),
            invited_by=by,
            invited_at=now,
            expires_at=now + VALID_FOR,
        )
    return token


def confirm(*, invitation: Invitation, by: User, now: datetime) -> None:
    """Let what one of the staff invited to be accepted. Raises NotTheirsToInvite for that person, and where none is open."""
    with acting("confirm_invitation", by=by, now=now):
        confirmed = (
            waiting_invitations(now=now)
            .filter(pk=invitation.pk)
            .exclude(invited_by=by)
            .update(confirmed_by=by, confirmed_at=now)
        )
    if not confirmed:
        raise NotTheirsToInvite


def waiting_invitations(*, now: datetime) -> QuerySet[Invitation]:
    """Those that one of the staff made and no other has confirmed yet."""
    return Invitation.objects.filter(
        invited_by__is_staff=True, confirmed_at__isnull=True, accepted_at__isnull=True, expires_at__gt=now
    )


def may_invite(by: User, merchant: Merchant, role: str) -> bool:
    """Whether this person may make somebody else this at that merchant."""
    if not by.is_active:
        return False
    return by.is_staff or (role == Role.CLERK and _owns(by, merchant))


def _owns(user: User, merchant: Merchant) -> bool:
    return Membership.objects.filter(user=user, merchant=merchant, role=Role.OWNER).exists()


@sensitive_variables("token")
def open_invitation(token: str, *, now: datetime, lock: bool = False) -> Invitation:
    """The invitation of that token, still open. Raises Unknown-, Used-, Expired- or WaitingInvitation."""
    rows = Invitation.objects.select_related("merchant", "invited_by")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = rows.filter(token_hash=_hash(token)).first()
    if found is None:
        raise UnknownInvitation
    if found.accepted_at is not None:
        raise UsedInvitation
    if now >= found.expires_at or not may_invite(found.invited_by, found.merchant, found.role):
        raise ExpiredInvitation
    if found.invited_by.is_staff and found.confirmed_at is None:
        raise WaitingInvitation
    return found


@sensitive_variables("token", "password")
def accept(*, token: str, username: str, password: str, now: datetime) -> User:
    """Make the account and its membership, once, and return the user.

    Raises Unknown-, Used-, Expired- or WaitingInvitation, UnsuitableUsername, WeakPassword, UsernameTaken: nothing is made.
    """
    with acting("accept_invitation", by=None, now=now):
        invitation = open_invitation(token, now=now, lock=True)
        user = _new_user(username, password, invitation)
        Membership.objects.create(user=user, merchant=invitation.merchant, role=invitation.role)
        invitation.accepted_at, invitation.accepted_by = now, user
        invitation.save(update_fields=["accepted_at", "accepted_by"])
    return user


@sensitive_variables("password")
def _new_user(username: str, password: str, invitation: Invitation) -> User:
    user = User(
        username=User.normalize_username(username),
        full_name=invitation.name,
        district_id=invitation.merchant.district_id,
    )
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        raise UnsuitableUsername(error) from None
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(error) from None
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise UsernameTaken from None
    return user


def _hash(token: str) -> str:
    """What is kept of a token: keyed, so that nobody lays an invitation into the table."""
    return fingerprint(token, context="merchants.invitation").hex()
