"""What the cells of a workbook refer to: texts that several share, and styles, of which it matters what they show."""

from contextlib import suppress
from dataclasses import dataclass
from xml.parsers import expat

from ebikes.importing.archive import Archive, Attributes
from ebikes.importing.characters import unescaped_xml
from ebikes.importing.number_formats import Shows, shows

_OFF = ("0", "false", "off")


@dataclass(frozen=True, slots=True)
class Style:
    """What the style of a cell says of its value."""

    shows: Shows = Shows.NUMBER
    struck: bool = False


class _Texts:
    """Shared texts as they are parsed: whole, or in runs; how a character is read aloud is no part of them."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.struck: set[int] = set()  # those that are struck through from end to end
        self._pieces: list[str] = []
        self._runs = self._struck_runs = 0
        self._taking = self._aloud = False

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "t":
            self._taking = not self._aloud
        elif tag == "si":
            self._pieces, self._runs, self._struck_runs = [], 0, 0
        elif tag == "r":
            self._runs += 1
        elif tag == "strike":
            self._struck_runs += attributes.get("val", "1").lower() not in _OFF
        elif tag == "rPh":
            self._aloud = True

    def end(self, tag: str) -> None:
        if tag == "t":
            self._taking = False
        elif tag == "rPh":
            self._aloud = False
        elif tag == "si":
            if self._runs and self._struck_runs >= self._runs:
                self.struck.add(len(self.texts))
            self.texts.append(unescaped_xml("".join(self._pieces)))

    def text(self, data: str) -> None:
        if self._taking:
            self._pieces.append(data)


class _Styles:
    """Number formats, fonts that strike through, and the styles that name both."""

    def __init__(self) -> None:
        self._formats: dict[int, str] = {}
        self._struck: list[bool] = []
        self._cells: list[tuple[int, int]] = []
        self._within: list[str] = [""]

    def start(self, tag: str, attributes: Attributes) -> None:
        inside = self._within[-1]
        self._within.append(tag)
        if tag == "xf" and inside == "cellXfs":
            self._cells.append((_whole(attributes.get("numFmtId")), _whole(attributes.get("fontId"))))
        elif tag == "numFmt":
            self._formats[_whole(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif tag == "font" and inside == "fonts":
            self._struck.append(False)
        elif tag == "strike" and inside == "font" and self._struck:
            self._struck[-1] = attributes.get("val", "1").lower() not in _OFF

    def end(self, tag: str) -> None:
        self._within.pop()

    def styles(self) -> list[Style]:
        return [
            Style(shows(number, self._formats.get(number)), font < len(self._struck) and self._struck[font])
            for number, font in self._cells
        ]


def read_texts(archive: Archive, part: str) -> tuple[list[str], set[int]]:
    """The texts that cells refer to, and which of them are crossed out."""
    texts = _Texts()
    if archive.has(part):
        archive.parse(part, texts.start, texts.end, texts.text)
    return texts.texts, texts.struck


def read_styles(archive: Archive, part: str) -> list[Style]:
    """What each style shows. Of a damaged part, what came before the damage: a serial number is still read as a day."""
    styles = _Styles()
    if archive.has(part):
        with suppress(expat.ExpatError):
            archive.parse(part, styles.start, styles.end)
    return styles.styles()


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdigit() and text.isascii() else 0
