"""Which roles somebody holds by right: what the newest change of them says, if a process of ours marked it.

A row in a table of roles gives nothing by itself: whoever owns the tables can write one.
"""

from collections.abc import Collection, Iterator

from django.db.models import Max, Q

from core.decisions import Kind, unmarked
from core.decisions.models import DecisionMark
from core.models import RightsChange, User
from core.rights.first import EVERYTHING
from core.rights.marked import RIGHTS_CONFIRMED, SHUT_OUT


def appointed_roles(people: Collection[int]) -> dict[int, frozenset[str]]:
    """The roles of each of these people, by their ids, in the district that was said; of whoever has none by right, nothing.

    A fixed number of queries.
    """
    changes = RightsChange.objects.newest_roles().filter(person__in=people)
    newest = {
        change: (person, roles)
        for change, person, roles, said, belongs in changes.values_list(
            "pk", "person", "roles", "district", "person__district"
        )
        if said == belongs
    }
    forged = unmarked(RIGHTS_CONFIRMED, newest)
    return {person: frozenset(roles) for pk, (person, roles) in newest.items() if pk not in forged}


def misplaced() -> list[int]:
    """The accounts, by their ids, that hold other roles than two people gave them, or came back though one shut them out."""
    office = User.objects.filter(Q(is_staff=True) | Q(is_superuser=True))
    held: dict[int, set[str]] = {}
    for person, role, boss in office.order_by().values_list("pk", "groups__name", "is_superuser"):
        held.setdefault(person, set()).update([role] if role else [], [EVERYTHING] if boss else [])
    by_right = appointed_roles(held)
    wrong = {person for person, roles in held.items() if roles - by_right.get(person, frozenset())}
    return sorted(wrong | {*_let_in_alone(held)})


def _let_in_alone(people: Collection[int]) -> Iterator[int]:
    """Those who were shut out, and may log in though no two people let them in again since: marks tell what came later."""
    shut = _last_marks(SHUT_OUT, people)
    back = RightsChange.objects.filter(
        person__in=shut, kind=RightsChange.Kind.REACTIVATE, state=RightsChange.State.CONFIRMED
    )
    whose = dict(back.order_by().values_list("pk", "person"))
    by_two = _last_marks(RIGHTS_CONFIRMED, whose.keys() - unmarked(RIGHTS_CONFIRMED, whose))
    again = {whose[change] for change, last in by_two.items() if last > shut[whose[change]]}
    out = User.objects.filter(pk__in=shut.keys() - again, is_active=True)
    yield from out.order_by().values_list("pk", flat=True)


def _last_marks(kind: Kind, subjects: Collection[int]) -> dict[int, int]:
    """Of each of these rows that bears a mark of this kind, the id of the last."""
    marks = DecisionMark.objects.filter(kind=kind.name, subject__in=subjects).order_by()
    return dict(marks.values("subject").annotate(last=Max("pk")).values_list("subject", "last"))
