"""Which encoding a text file is in, and in which line it is not."""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from ebikes.importing.problems import UnreadableFile

BLOCK = 2**20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PADDING = b"\0\x1a"  # what old programs and copied disks leave at the end
_CONTROL = re.compile("[\0-\x08\x0e-\x1f]")
_TRADITIONAL = "號編證時間車統碼備購"


@dataclass(frozen=True, slots=True)
class TextFile:
    """How to read a text file: its encoding, and the bytes between which its text stands."""

    encoding: str
    start: int
    end: int


def text_file(path: Path) -> TextFile:
    """UTF-8 or UTF-16 by its mark or by itself; GB18030 where the file is not that. Raises UnreadableFile."""
    with path.open("rb") as handle:
        start = handle.read(2**16)
    end = _end(path)
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return _checked(path, TextFile(encoding, len(mark), _whole(path, end, len(mark), encoding)))
    if encoding := _by_zeros(start):
        return _checked(path, TextFile(encoding, 0, _whole(path, end, 0, encoding)))
    utf8 = TextFile("utf-8", 0, end)
    broken = _first_broken(path, utf8)
    if broken is None:
        return _checked(path, utf8)
    if not _is_utf8_before(path, broken):
        national = TextFile("gb18030", 0, end)
        broken_there = _first_broken(path, national)
        if broken_there is None:
            return _checked(path, national)
        if broken_there > broken:
            _say_where(path, national, broken_there)
    _say_where(path, utf8, broken)
    raise AssertionError("unreachable")


def looks_traditional(path: Path) -> bool:
    """Whether the beginning would be Chinese as it is written in Hong Kong or Taiwan, in Big5."""
    with path.open("rb") as handle:
        text = handle.read(4096).decode("big5hkscs", errors="ignore")
    return sum(text.count(character) for character in _TRADITIONAL) > 2


def _whole(path: Path, end: int, start: int, encoding: str) -> int:
    """The end, with the zeros that belong to the last character."""
    unit = 4 if "32" in encoding else 2 if "16" in encoding else 1
    return min(path.stat().st_size, end + -(end - start) % unit)


def _end(path: Path) -> int:
    """Where the text ends: before the padding."""
    size = path.stat().st_size
    with path.open("rb") as handle:
        while size > 0:
            step = min(4096, size)
            handle.seek(size - step)
            tail = handle.read(step).rstrip(_PADDING)
            size = size - step + len(tail)
            if tail:
                break
    return size


def _by_zeros(start: bytes) -> str:
    """UTF-16 without its mark: every second byte of its commas and digits is zero."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    few = len(start) // 100 + 2
    guess = (
        "utf-16-le"
        if odd > few and even * 20 < odd
        else "utf-16-be"
        if even > few and odd * 20 < even
        else ""
    )
    text = start.decode(guess, errors="ignore") if guess else "\0"
    return "" if _CONTROL.search(text.rstrip("\0\x1a")) else guess


def _checked(path: Path, file: TextFile) -> TextFile:
    """The file, if it is text throughout. Raises UnreadableFile."""
    broken = _first_broken(path, file)
    if broken is not None:
        _say_where(path, file, broken)
    return file


def _first_broken(path: Path, file: TextFile) -> int | None:
    """The place of the first byte that is no text; nothing where there is none. Raises UnreadableFile for zeros within."""
    decoder = codecs.getincrementaldecoder(file.encoding)()
    with path.open("rb") as handle:
        handle.seek(file.start)
        done = file.start
        try:
            while done < file.end:
                block = handle.read(min(BLOCK, file.end - done))
                if not block:
                    break
                before = done - len(decoder.getstate()[0])
                done += len(block)
                if "\0" in decoder.decode(block):
                    raise UnreadableFile(_no_text())
            before = done - len(decoder.getstate()[0])
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            return before + error.start
    return None


def _is_utf8_before(path: Path, place: int) -> bool:
    """Whether what comes before is Chinese in UTF-8, so that the byte is the odd one out, and not the file."""
    with path.open("rb") as handle:
        before = handle.read(min(place, BLOCK)).decode("utf-8", errors="ignore")
    return sum("\u4e00" <= character <= "\u9fff" for character in before) > 3


def _say_where(path: Path, file: TextFile, place: int) -> None:
    line, text = 1, False
    with path.open("rb") as handle:
        left = place
        while left > 0 and (block := handle.read(min(BLOCK, left))):
            line += block.count(b"\n") or (block.count(b"\r") if b"\r\n" not in block else 0)
            text = text or len(block) > 0
            left -= len(block)
    if place < 4 or not _mostly_text(path):
        raise UnreadableFile(_no_text())
    name = {"gb18030": "GB18030"}.get(
        file.encoding, file.encoding.upper().removesuffix("-LE").removesuffix("-BE")
    )
    if place >= file.end - 4:
        raise UnreadableFile(_("文件像是没有传完整：第 %s 行末尾的字缺了一半，请重新导出后再上传") % line)
    raise UnreadableFile(
        _(
            "第 %(line)s 行有文字无法识别：文件是 %(encoding)s 编码，这一行不是；请改正这一行，或另存为 XLSX 后再上传"
        )
        % {"line": line, "encoding": name}
    )


def _mostly_text(path: Path) -> bool:
    with path.open("rb") as handle:
        start = handle.read(4096)
    odd = sum(byte < 9 or 13 < byte < 32 for byte in start)
    return odd * 20 <= len(start)


def _no_text() -> str:
    return _("文件不是文本表格，或文字编码无法识别；请另存为 XLSX 或 UTF-8 的 CSV 后再上传")
