"""Proposing a change of rights, and deciding on it. Nobody alone."""

import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.contrib.auth.models import Group
from django.db import IntegrityError, connection
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from core.accounts import second_factor
from core.accounts.roles import clashing
from core.accounts.unlock import forget_wrong_tries, is_counted
from core.audit.acting import acting
from core.decisions import mark
from core.models import District, RightsChange, User
from core.rights.backend import roles_now
from core.rights.marked import RIGHTS_CONFIRMED, RIGHTS_PROPOSED, SHUT_OUT

Kind, State = RightsChange.Kind, RightsChange.State
PROPOSES, DECIDES = "sysadmin", "security"
HALF = 8
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz"  # nothing that is misread


class NotYours(PermissionError):
    """Only system administrators propose, only security administrators confirm, and nobody for oneself."""


class NotWaiting(ValueError):
    """Somebody has decided on it, or another change of the same account waits."""


class ClashingRoles(ValueError):
    """Two of the roles must not meet in one person; `pair` says which."""

    def __init__(self, pair: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(pair)))
        self.pair = pair


class NotPossible(ValueError):
    """The account is taken, belongs to a shop, or is as proposed already."""


@sensitive_variables("half")
def propose(  # noqa: PLR0913 - what a proposal says
    *,
    kind: str,
    by: User,
    now: datetime,
    note: str,
    person: User | None = None,
    username: str = "",
    full_name: str = "",
    roles: Collection[str] = (),
    district: District | None = None,
) -> tuple[RightsChange, str]:
    """Propose it. Returns the change, and the first half of the one-time password where there is one: shown once.

    `district`: the one that a new account belongs to, for good; None: the whole city's.

    Raises NotYours, NotWaiting, ClashingRoles, NotPossible.
    """
    if not _holds(by, PROPOSES) or person == by or not _within(by, person, district):
        raise NotYours(kind)
    if pair := clashing(roles):
        raise ClashingRoles(pair)
    if not _possible(kind, person, username, roles):
        raise NotPossible(kind)
    half = new_half() if kind in RightsChange.WITH_PASSWORD else ""
    held = sorted(_roles_of(person)) if person else []
    try:
        with acting(f"propose_{kind}", by=by, now=now, note=note):
            change = RightsChange.objects.create(
                kind=kind,
                person=person,
                username=person.username if person else username,
                full_name=(person.get_full_name() if person else full_name) or None,
                roles=sorted(set(roles)),
                roles_before=held,
                note=note,
                half=half or None,
                district_id=person.district_id if person else (district.pk if district else None),
                proposed_by=by,
            )
            mark(RIGHTS_PROPOSED, [change.pk], at=now)
    except IntegrityError as error:
        raise NotWaiting(kind) from error
    return change, half


@sensitive_variables("half")
def confirm(*, change: RightsChange, by: User, now: datetime, note: str = "") -> str:
    """Make it so. Returns the second half of the one-time password, shown once; empty where there is none.

    Raises NotYours, NotWaiting, NotPossible.
    """
    if not _holds(by, DECIDES):
        raise NotYours("confirm")
    with acting("confirm_rights", by=by, now=now, note=note):
        locked = _locked(change)
        if by.pk in (locked.proposed_by_id, locked.person_id):
            raise NotYours("confirm")
        if not _possible(locked.kind, locked.person, locked.username, locked.roles):
            raise NotPossible(locked.kind)
        first = locked.half or ""
        _decide(locked, State.CONFIRMED, by=by, note=note)
        half = new_half() if first else ""
        with _by(locked):
            _carry_out(locked, first + half)
        mark(RIGHTS_CONFIRMED, [locked.pk], at=now)
        change.refresh_from_db()
    return half


def decline(*, change: RightsChange, by: User, now: datetime, note: str) -> None:
    """Turn it down. Raises NotYours, NotWaiting."""
    if not _holds(by, DECIDES):
        raise NotYours("decline")
    with acting("decline_rights", by=by, now=now, note=note):
        _decide(_locked(change), State.DECLINED, by=by, note=note)


def withdraw(*, change: RightsChange, by: User, now: datetime, note: str = "") -> None:
    """Take one's own proposal back. Raises NotYours, NotWaiting."""
    with acting("withdraw_rights", by=by, now=now, note=note):
        locked = _locked(change)
        if locked.proposed_by_id != by.pk:
            raise NotYours("withdraw")
        _decide(locked, State.WITHDRAWN, by=by, note=note)


def deactivate(*, person: User, by: User, now: datetime, note: str) -> None:
    """Shut somebody out, at once and alone: safety does not wait. Raises NotYours, NotPossible."""
    if not (_holds(by, PROPOSES) or _holds(by, DECIDES)) or person == by:
        raise NotYours("deactivate")
    with acting("deactivate", by=by, now=now, note=note):
        if not User.objects.filter(pk=person.pk, is_active=True).update(is_active=False):
            raise NotPossible("deactivate")
        mark(SHUT_OUT, [person.pk], at=now)


def new_half() -> str:
    """Half of a one-time password: 46 bits, so that whoever has one half does not guess the other."""
    return "".join(secrets.choice(_ALPHABET) for _place in range(HALF))


def _within(by: User, person: User | None, district: District | None) -> bool:
    """Whoever belongs to a district gives nothing beyond it."""
    if by.district_id is None:
        return True
    given = person.district_id if person else (district.pk if district else None)
    return given == by.district_id


def _locked(change: RightsChange) -> RightsChange:
    locked = RightsChange.objects.select_for_update(of=("self",)).select_related("person").get(pk=change.pk)
    if locked.state != State.PROPOSED:
        raise NotWaiting(locked.state)
    return locked


def _decide(change: RightsChange, state: str, *, by: User, note: str) -> None:
    change.state, change.decided_by, change.decision_note, change.half = state, by, note, None
    change.decided_at = timezone.now()  # the database puts its own
    change.save(update_fields=["state", "decided_by", "decided_at", "decision_note", "half"])


@contextmanager
def _by(change: RightsChange) -> Iterator[None]:
    """Name the change to the database: what it covers, and nothing else, is done meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('ebikes.rights', %s, true)", [str(change.pk)])
        yield
        cursor.execute("SELECT set_config('ebikes.rights', '', true)")


@sensitive_variables("password")
def _carry_out(change: RightsChange, password: str) -> None:
    if change.kind == Kind.NEW_ACCOUNT:
        user = User(username=change.username, full_name=change.full_name, is_staff=bool(change.roles))
        user.district_id = change.district_id
        _set_password(user, password)
        change.person = user
        change.save(update_fields=["person"])
        user.groups.set(Group.objects.filter(name__in=change.roles))
        return
    if change.person is None:
        raise NotPossible(change.kind)
    user = User.objects.select_for_update(no_key=True).get(pk=change.person.pk)
    if change.kind == Kind.ROLES:
        user.is_staff = bool(change.roles)
        user.save(update_fields=["is_staff"])
        user.groups.set(Group.objects.filter(name__in=change.roles))
    elif change.kind == Kind.REACTIVATE:
        user.is_active = True
        user.save(update_fields=["is_active"])
    elif change.kind == Kind.PASSWORD:
        _set_password(user, password)
    elif change.kind == Kind.SECOND_FACTOR:
        second_factor.reset(user)
    else:
        forget_wrong_tries(user)


@sensitive_variables("password")
def _set_password(user: User, password: str) -> None:
    user.set_password(password)
    user.must_change_password = True
    user.save()


def _possible(kind: str, person: User | None, username: str, roles: Collection[str]) -> bool:
    if kind == Kind.NEW_ACCOUNT:
        return bool(roles) and not User.objects.filter(username__iexact=username).exists()
    if person is None or person.is_superuser:
        return False
    if kind == Kind.ROLES:
        return set(roles) != _roles_of(person) and not (roles and belongs_to_shop(person))
    if kind in (Kind.SECOND_FACTOR, Kind.UNLOCK):
        return second_factor.is_enrolled(person) if kind == Kind.SECOND_FACTOR else is_counted(person)
    return person.is_active is (kind != Kind.REACTIVATE)


def belongs_to_shop(person: User) -> bool:
    """Whether this account is one of a merchant's people: those are never staff."""
    return bool(getattr(person, "membership", None))


def _holds(user: User, role: str) -> bool:
    return user.is_active and role in roles_now(user)


def _roles_of(person: User) -> set[str]:
    return set(person.groups.values_list("name", flat=True))
