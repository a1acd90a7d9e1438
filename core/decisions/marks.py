"""Marking what was decided, and telling what bears no mark.

A mark is computed in the process that decides, in its transaction, over what the row says then. Whoever only writes SQL
has no key: a row without a mark, or one that says something else since, was decided by nobody.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hmac import compare_digest
from itertools import islice
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Expression, Model, Q, QuerySet, Subquery

from core.decisions.models import DecisionMark
from core.keys.ring import decision_ring
from core.shanghai import to_the_microsecond

AT_ONCE = 5000
Reckoned = Mapping[str, Callable[[], Expression | Subquery]]
Opened = Callable[[Sequence[int]], Mapping[int, Any]]


@dataclass(frozen=True)
class Kind:
    """A kind of decision: the rows of `model` that `when` selects, decided by the person in the column `by` ("": a worker).

    `told`: the columns, look-ups and `reckoned` expressions that say what was decided. They do not change afterwards, and
    rotating keys does not change them. What rests sealed is said by `opened`, by row, where another row of the same number
    would open as well. `stays`: neither the row nor what it says ever changes, so that a mark for something else is a fault.
    """

    name: str
    model: str
    told: tuple[str, ...]
    by: str = ""
    when: Q = field(default_factory=Q)
    reckoned: Reckoned = field(default_factory=dict)
    opened: Opened | None = None
    stays: bool = False

    def rows(self) -> QuerySet[Model]:
        """Those that must bear this mark."""
        rows: QuerySet[Model] = apps.get_model(self.model)._default_manager.filter(self.when)
        return rows

    def texts(self, ids: Sequence[int]) -> Iterator[tuple[int, int | None, list[Any]]]:
        """Row, person, and what is decided, of each of these that is there."""
        model = apps.get_model(self.model)
        reckoned = {name: made() for name, made in self.reckoned.items()}
        names = [*([self.by] if self.by else []), *self.told]
        rows = model._default_manager.filter(pk__in=ids).order_by().annotate(**reckoned)
        opened = self.opened(ids) if self.opened else {}
        for pk, *values in rows.values_list("pk", *names):
            by = values.pop(0) if self.by else None
            yield pk, by, [*values, opened.get(pk)] if self.opened else values


def mark(kind: Kind, ids: Iterable[int], *, at: datetime) -> None:
    """Put this mark on the rows, as they are now; in the transaction that wrote them. Raises ImproperlyConfigured."""
    ring = decision_ring()
    for some in _portions(ids):
        made = [(pk, by, _mac(ring.current, kind, pk, by, at, told)) for pk, by, told in kind.texts(some)]
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO core_decisionmark (kind, subject, by_id, at, key, mac)"
                " SELECT %s, subject, by_id, %s, %s, mac"
                " FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[]) AS made (subject, by_id, mac)",
                [kind.name, at, ring.current, *([each[column] for each in made] for column in range(3))],
            )


def unmarked(kind: Kind, ids: Iterable[int]) -> set[int]:
    """Those of the rows that bear no mark of this kind for what they say now, in the name that they say."""
    left: set[int] = set()
    for wanted in _portions(ids):
        marks: dict[int, list[DecisionMark]] = {}
        for each in DecisionMark.objects.filter(kind=kind.name, subject__in=wanted).order_by():
            marks.setdefault(each.subject, []).append(each)
        proved = {
            pk
            for pk, by, told in kind.texts(wanted)
            if any(_fits(each, kind, by, told) for each in marks.get(pk, ()))
        }
        left |= set(wanted) - proved
    return left


def astray(kind: Kind) -> set[int]:
    """The rows, by their ids, of which a mark of this kind says something else than they do, or that are gone."""
    found: set[int] = set()
    subjects = (
        DecisionMark.objects.filter(kind=kind.name).order_by("subject").values_list("subject", flat=True)
    )
    for some in _portions(subjects.distinct().iterator(AT_ONCE)):
        texts = {pk: (by, told) for pk, by, told in kind.texts(some)}
        for each in DecisionMark.objects.filter(kind=kind.name, subject__in=some).order_by():
            if each.subject not in texts or not _fits(each, kind, *texts[each.subject]):
                found.add(each.subject)
    return found


def _portions(ids: Iterable[int]) -> Iterator[list[int]]:
    left = iter(ids)
    while some := list(islice(left, AT_ONCE)):
        yield some


def _fits(found: DecisionMark, kind: Kind, by: int | None, told: list[Any]) -> bool:
    if found.by_id != by or found.key not in decision_ring().macs:
        return False
    return compare_digest(_mac(found.key, kind, found.subject, by, found.at, told), bytes(found.mac))


def _mac(key: int, kind: Kind, pk: int, by: int | None, at: datetime, told: list[Any]) -> bytes:
    text = json.dumps(
        [kind.name, pk, by, at, *told],
        default=_plain,
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )
    digest = decision_ring().macs[key].copy()
    digest.update(text.encode())
    return digest.finalize()


def _plain(value: object) -> str:
    """A moment in UTC, whatever the session's zone; a day as it is; bytes as digits. Raises TypeError for anything else."""
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, datetime):
        return to_the_microsecond(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not marked")
