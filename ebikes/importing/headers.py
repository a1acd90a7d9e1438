"""Where the headers of a file stand: which of its sheets are read, and which are not, and why."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from django.utils.translation import gettext as _

from ebikes.importing.columns import Layout, nearest
from ebikes.importing.guide import is_guide
from ebikes.importing.problems import HeaderNotFound, UnreadableFile
from ebikes.importing.reading import FIRST, Reading, SheetLeft, SheetRead, UnknownColumn, letter_of
from ebikes.importing.sheet import Line, Opened, Sheet

HEADER_WITHIN = 30  # lines: titles and notes come before it
ALMOST = 3  # known titles that make a row a header, though some are lacking
COUNTED = 1000  # rows of a sheet that is not read

# What somebody said that the titles of this very header mean, by plain titles.
Meanings = Callable[[Sequence[Any]], Mapping[str, str]]


@dataclass(slots=True)
class Found:
    """A sheet whose header was found: the header as written, the key that each of its cells means, and the lines below."""

    sheet: Sheet
    header: Sequence[Any]
    keys: list[str | None]
    line: int
    lines: Iterator[Line]
    source: Generator[Line, None, None]  # of the lines: closed when they are through
    above: Sequence[Line] = ()


@dataclass(slots=True)
class _Attempt:
    """The row of a sheet that comes nearest to a header."""

    sheet: Sheet
    titles: Sequence[Any] = ()
    keys: Sequence[str | None] = ()
    line: int = 0
    below: Sequence[Line] = ()

    @property
    def known(self) -> int:
        return len({key for key in self.keys if key})


def find_headers(
    opened: Opened,
    layout: Layout,
    meanings: Meanings,
    reading: Reading,
    *,
    traditional: Callable[[], bool],
) -> list[Found]:
    """The sheets to be read: all that people see and that have a header, else the first hidden one that has.

    The sheets of a plain file are the ways in which it may be read: the first that leads to a header is the one.
    Raises UnreadableFile where there is none; the best attempt explains itself.
    """
    found: list[Found] = []
    attempts: list[_Attempt] = []
    for sheet in opened.sheets:
        head = list(islice(lines := sheet.lines(), HEADER_WITHIN))
        header, attempt = _look(sheet, head, lines, layout, meanings)
        if header:
            found.append(header)
            if sheet.plain:
                break
        else:
            lines.close()
            attempts.append(attempt)
    visible = [each for each in found if not each.sheet.hidden]
    read = visible or found[:1]
    if not read:
        _explain(layout, attempts, traditional)
    for number, each in enumerate(read):
        reading.sheets.append(_noted(each, number, layout))
    if not opened.sheets[0].plain:
        reading.others += [*_left(attempts, layout), *_hidden(found, read)]
    return read


def _look(
    sheet: Sheet,
    head: list[Line],
    rest: Generator[Line, None, None],
    layout: Layout,
    meanings: Meanings,
) -> tuple[Found | None, _Attempt]:
    needed = {column.key for column in layout.columns if column.required}
    best = _Attempt(sheet, below=head)
    for index, line in enumerate(head):
        said = meanings(line.cells)
        keys = [layout.column_named(cell, said) for cell in line.cells]
        named = {key for key in keys if key}
        if needed <= named:
            below = chain(head[index + 1 :], rest)
            return Found(sheet, line.cells, keys, line.number, below, rest, head[:index]), best
        if len(named) > best.known:
            best = _Attempt(sheet, line.cells, keys, line.number, head[index + 1 :])
    return None, best


def _noted(found: Found, number: int, layout: Layout) -> SheetRead:
    titles = {column.key: column.title for column in layout.columns}
    twice = [titles[key] for key in titles if found.keys.count(key) > 1]
    if twice:
        raise UnreadableFile(_("“%s”出现了不止一列，请只保留一列") % "”、“".join(twice))
    taken = {key for key in found.keys if key}
    sheet = _with_lines_above(found, SheetRead(found.sheet.name, number, found.sheet.hidden, found.line))
    for place, (cell, key) in enumerate(zip(found.header, found.keys, strict=True)):
        if key is not None and found.sheet.hides(place):
            sheet.hidden_columns.append(" ".join(str(cell).split()))
        if key is None and cell is not None and str(cell).strip():
            title = " ".join(str(cell).split())[:100]
            guess = nearest(layout, title, taken=taken)
            sheet.unknown.append(UnknownColumn(title, letter_of(place), nearest=guess))
    return sheet


def _with_lines_above(found: Found, sheet: SheetRead) -> SheetRead:
    for line in found.above:
        if any(cell is not None and str(cell).strip() for cell in line.cells):
            sheet.rows += 1
            sheet.skip("above", line.number)
    return sheet


def _left(attempts: list[_Attempt], layout: Layout) -> Iterator[SheetLeft]:
    for attempt in attempts:
        lacking = _lacking(layout, attempt)
        rows, more = _count(attempt.sheet)
        if rows and not is_guide(attempt.sheet.name):
            why = "header_incomplete" if attempt.known >= ALMOST else "no_header"
            yield SheetLeft(
                attempt.sheet.name,
                attempt.sheet.hidden,
                rows,
                more,
                why,
                lacking if why != "no_header" else [],
            )


def _hidden(found: list[Found], read: list[Found]) -> Iterator[SheetLeft]:
    for each in found:
        if each not in read:
            rows, more = sum(1 for _line in islice(each.lines, COUNTED)), next(each.lines, None) is not None
            yield SheetLeft(each.sheet.name, True, rows, more, "hidden")


def _count(sheet: Sheet) -> tuple[int, bool]:
    source = sheet.lines()
    lines = (line for line in source if any(cell is not None and cell != "" for cell in line.cells))
    counted = sum(1 for _line in islice(lines, COUNTED)), next(lines, None) is not None
    source.close()
    return counted


def _lacking(layout: Layout, attempt: _Attempt) -> list[str]:
    return [c.title for c in layout.columns if c.required and c.key not in attempt.keys]


def _explain(layout: Layout, attempts: list[_Attempt], traditional: Callable[[], bool]) -> None:
    """Raise the reason why there is no header."""
    best = max(attempts, key=lambda each: each.known)
    if not best.known:
        if best.sheet.plain and traditional():
            raise UnreadableFile(_("文件像是繁体中文(Big5)编码，请另存为 XLSX 或 UTF-8 的 CSV 后再上传"))
        needed = _("、").join(c.title for c in layout.columns if c.required)
        sentence = _("没有找到认识的列名。表头应有：%s") % needed
    else:
        sentence = _("表头缺少这些列：%s") % _("、").join(_lacking(layout, best))
    error = HeaderNotFound(
        sentence,
        titles=tuple(str(cell or "") for cell in best.titles),
        lacking=tuple(c.key for c in layout.columns if c.required and c.key not in best.keys),
        sheet=best.sheet.name,
        line=best.line,
    )
    for place in range(len(best.titles)):
        cells = [line.cells[place] for line in best.below if place < len(line.cells)]
        error.samples[letter_of(place)] = [str(cell) for cell in cells if cell is not None and cell != ""][
            :FIRST
        ]
    raise error
