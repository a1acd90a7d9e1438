"""CSV: which encoding, which delimiter, and its records one after another."""

import codecs
import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext as _

from ebikes.importing.problems import UnreadableFile

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
DELIMITERS = ",;\t"
BLOCK = 2**20


@contextmanager
def open_csv(path: Path) -> Iterator[tuple[Iterator[Iterator[Sequence[str]]], Callable[[], float]]]:
    """The file as its one sheet. Raises UnreadableFile for text that is in no known encoding, or no text."""
    encoding = _encoding(path)
    size = max(1, path.stat().st_size)
    with path.open("rb") as raw, path.open(encoding=encoding, newline="") as sample:
        delimiter = _delimiter(sample.read(2**16))
        text = codecs.getreader(encoding)(raw)
        yield iter([_records(csv.reader(text, delimiter=delimiter))]), lambda: raw.tell() / size


def _records(reader: "Iterator[list[str]]") -> Iterator[Sequence[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise UnreadableFile(_("CSV 格式有误：%s") % error) from error


def _encoding(path: Path) -> str:
    """UTF-8 where the whole file is; GB18030 where it is not, but is that. Raises UnreadableFile."""
    with path.open("rb") as handle:
        start = handle.read(4)
    for mark, encoding in BOMS:
        if start.startswith(mark):
            candidates: tuple[str, ...] = (encoding,)
            break
    else:
        candidates = ("utf-8", "gb18030")
    for encoding in candidates:
        if _decodes(path, encoding):
            return encoding
    raise UnreadableFile(_("文件不是文本表格，或文字编码无法识别；请另存为 XLSX 或 UTF-8 的 CSV 后再上传"))


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as handle:
        try:
            while block := handle.read(BLOCK):
                if "\0" in decoder.decode(block):
                    return False
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _delimiter(sample: str) -> str:
    """The one that the first lines hold most often."""
    lines = sample.splitlines()[:30]
    return max(DELIMITERS, key=lambda mark: max((line.count(mark) for line in lines), default=0))
