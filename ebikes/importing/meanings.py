"""What a person says of the columns that nobody reads, remembered for the next file with the same header."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from core.models import User
from ebikes.importing.columns import Layout, plain_title
from ebikes.importing.layouts import LAYOUTS
from ebikes.importing.text import Cell
from ebikes.models import ImportBatch, RememberedColumns


class TwiceMeant(ValueError):
    """Two columns cannot be the same; its args: the column's title."""


class StillLacking(ValueError):
    """Required columns that no title means; its args: their titles."""


class NoSuchMeaning(ValueError):
    """A title that the file has not, or a column that its kind has not."""


def fingerprint(titles: Sequence[Cell]) -> str:
    """The same for every spelling of a header that means the same, in whatever order its columns stand."""
    plain = sorted(filter(None, map(plain_title, titles)))
    return hashlib.sha256("\x1f".join(plain).encode()).hexdigest()


def unknown_titles(layout: Layout, titles: Sequence[Cell]) -> list[str]:
    """The titles that the layout itself does not know, as they are written, each once."""
    unknown = {
        plain_title(title): str(title)
        for title in titles
        if plain_title(title) and not layout.column_named(title)
    }
    return list(unknown.values())


class Remembered:
    """What is in use for the files of one sender, by the header's fingerprint."""

    def __init__(self, found: Iterable[RememberedColumns]) -> None:
        self._by_header = {each.header: each for each in found}

    def columns(self, header: Sequence[Cell]) -> RememberedColumns | None:
        """What was said of this very header, if anything."""
        return self._by_header.get(fingerprint(header)) if self._by_header else None

    def of(self, header: Sequence[Cell]) -> Mapping[str, str]:
        """The same as plain titles and what they mean."""
        found = self.columns(header)
        meanings: Mapping[str, str] = found.meanings if found else {}
        return meanings


def remembered(batch: ImportBatch) -> Remembered:
    """What this shop, or the office of this district, has said of the headers of such files."""
    return Remembered(_of(batch))


def _of(batch: ImportBatch) -> QuerySet[RememberedColumns]:
    return RememberedColumns.objects.filter(
        kind=batch.kind, merchant=batch.merchant, district=batch.district_id, dropped_at__isnull=True
    )


@transaction.atomic
def remember_columns(
    *, batch: ImportBatch, meanings: Mapping[str, str], by: User, now: datetime
) -> RememberedColumns:
    """Say what the titles of this file's header mean: title → key of a column, or "" for none. The next file goes by it.

    Raises NoSuchMeaning, TwiceMeant, StillLacking.
    """
    layout = LAYOUTS[batch.kind]
    plain = {plain_title(title): key for title, key in meanings.items()}
    _judge(layout, batch.header, plain)
    header = fingerprint(batch.header)
    for earlier in _of(batch).select_for_update().filter(header=header):
        forget_columns(columns=earlier, by=by, now=now)
    return RememberedColumns.objects.create(
        kind=batch.kind,
        merchant=batch.merchant,
        district_id=batch.district_id,
        header=header,
        meanings=plain,
        said_by=by,
        said_at=now,
    )


def forget_columns(*, columns: RememberedColumns, by: User, now: datetime) -> None:
    """From the next file on these titles mean nothing again. What was read by them stays."""
    RememberedColumns.objects.filter(pk=columns.pk, dropped_at__isnull=True).update(
        dropped_by=by, dropped_at=now
    )


def _judge(layout: Layout, header: Sequence[str], meanings: Mapping[str, str]) -> None:
    titles = {column.key: column.title for column in layout.columns}
    unknown = {plain_title(title) for title in unknown_titles(layout, header)}
    if not meanings.keys() <= unknown or not {key for key in meanings.values() if key} <= titles.keys():
        raise NoSuchMeaning(sorted(meanings))
    read = [key for key in map(layout.column_named, header) if key] + [
        key for key in meanings.values() if key
    ]
    if twice := next((key for key in read if read.count(key) > 1), None):
        raise TwiceMeant(titles[twice])
    lacking = [column.title for column in layout.columns if column.required and column.key not in read]
    if lacking:
        raise StillLacking(*lacking)
