"""CSV: its records one after another, and none of them lost in a quotation mark that somebody left open."""

import csv
import io
import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from django.utils.translation import gettext as _

from ebikes.importing.encodings import TextFile, text_file
from ebikes.importing.problems import UnreadableFile
from ebikes.importing.sheet import MOST_CELLS, Line, Opened, Sheet

DELIMITERS = ",;\t|，、"
_SEPARATOR = re.compile(
    r"sep=([,;\t|，、])", re.IGNORECASE
)  # a first line by which Excel tells the delimiter
SAMPLE = 2**16


@contextmanager
def open_csv(path: Path) -> Iterator[Opened]:
    """The file as a sheet for each delimiter that it may have: the right one is that under which the header is found.

    Raises UnreadableFile for text that is in no known encoding, or no text.
    """
    file = text_file(path)
    seen = _Seen(file)
    sheets = []
    for delimiter in _delimiters(path, file):
        sheets.append(Sheet("", False, lambda mark=delimiter: _lines(path, file, mark, seen), plain=True))  # type: ignore[misc]
    yield Opened(sheets, seen.fraction, {"encoding": file.encoding})


class _Seen:
    """How far the reading has come, by bytes."""

    def __init__(self, file: TextFile) -> None:
        self._size = max(1, file.end - file.start)
        self.raw: _Part | None = None

    def fraction(self) -> float:
        return self.raw.done / self._size if self.raw else 0.0


class _Part(io.RawIOBase):
    """The bytes of a file between two places."""

    def __init__(self, path: Path, file: TextFile) -> None:
        self._file = path.open("rb", buffering=0)
        self._file.seek(file.start)
        self._left = file.end - file.start
        self.done = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        count = self._file.readinto(buffer[: min(len(buffer), self._left)]) or 0
        self._left -= count
        self.done += count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def _text(path: Path, file: TextFile) -> tuple[_Part, io.TextIOWrapper]:
    part = _Part(path, file)
    return part, io.TextIOWrapper(io.BufferedReader(part, SAMPLE), encoding=file.encoding, newline="")


def _delimiters(path: Path, file: TextFile) -> list[str]:
    """What the file says itself, then those that its first lines hold most often outside of quotes."""
    _part, text = _text(path, file)
    with text:
        sample = text.read(SAMPLE)
    first = sample.splitlines()[0] if sample else ""
    if _SEPARATOR.fullmatch(first):
        return [first[-1]]
    unquoted = "".join(sample.split('"')[::2])
    return sorted(
        DELIMITERS,
        key=lambda mark: -max((line.count(mark) for line in unquoted.splitlines()[:30]), default=0),
    )


def _lines(path: Path, file: TextFile, delimiter: str, seen: _Seen) -> Generator[Line, None, None]:
    part, text = _text(path, file)
    seen.raw = part
    with text:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        number, begun, widest = 0, 1, 1
        try:
            for record in reader:
                number += 1
                width = len(record)
                if reader.line_num != begun:
                    _refuse_swallowed(record, delimiter, widest, begun)
                elif width > widest:
                    widest = width
                if width > MOST_CELLS:
                    raise UnreadableFile(_("第 %s 行超过 1000 格，无法读取") % begun)
                begun = reader.line_num + 1
                if number == 1 and _is_separator(record):
                    continue
                yield Line(number, record)
        except csv.Error as error:
            _refuse_quote(begun, error)


def _is_separator(record: Sequence[str]) -> bool:
    return record[:1] == ["sep="] and not any(record[1:])


def _refuse_swallowed(record: Sequence[str], delimiter: str, width: int, begun: int) -> None:
    """A record over several lines is sound where its cells are texts, and not where one of them holds other rows."""
    for cell in record:
        if "\n" in cell or "\r" in cell:
            marks = cell.count(delimiter)
            if marks * 2 >= max(width - 1, 4) or len(record) > width or (marks and len(record) < width):
                _refuse_quote(begun, None)


def _refuse_quote(line: int, error: Exception | None) -> NoReturn:
    raise UnreadableFile(
        _('CSV 第 %s 行的引号(")没有成对，后面的行会被吞进这一格；请删去这个引号，或另存为 XLSX 后再上传')
        % line
    ) from error
