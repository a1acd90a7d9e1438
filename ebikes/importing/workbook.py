"""An XLSX file as an archive: its parts by any spelling of their names, its sheets, its texts, what its styles show.

Excel and WPS forgive much, and so does this: of the styles only number formats and strikes are read, of the properties
nothing, and a part is found in capitals, behind backslashes, or at another place. Strict Open XML differs by names of
namespaces only, and those are not looked at.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote
from xml.parsers import expat

from ebikes.importing.characters import _ESCAPED as ESCAPED
from ebikes.importing.number_formats import Shows, shows

BLOCK = 2**18
Attributes = dict[str, str]


class Hostile(ValueError):
    """A document type with entities: no spreadsheet has one."""


def local(name: str) -> str:
    """A name without the prefix of its namespace."""
    return name.rpartition(":")[2]


def new_parser() -> "expat.XMLParserType":
    """A parser that gives text in one piece and refuses entities."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise Hostile

    parser.StartDoctypeDeclHandler = refuse
    return parser


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet as the workbook lists it."""

    name: str
    hidden: bool
    part: str


@dataclass(frozen=True, slots=True)
class Style:
    """What the style of a cell says of its value."""

    shows: Shows = Shows.NUMBER
    struck: bool = False


@dataclass(slots=True)
class Archive:
    """The parts of a zip file, by their names in small letters with forward slashes."""

    zip: zipfile.ZipFile
    parts: dict[str, zipfile.ZipInfo] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for entry in self.zip.infolist():
            self.parts.setdefault(_plain(entry.filename), entry)

    def has(self, name: str) -> bool:
        return _plain(name) in self.parts

    def size(self, name: str) -> int:
        return self.parts[_plain(name)].file_size

    def blocks(self, name: str) -> Iterator[bytes]:
        """A part, block by block."""
        with self.zip.open(self.parts[_plain(name)]) as handle:
            while block := handle.read(BLOCK):
                yield block

    def parse(
        self,
        name: str,
        start: Callable[[str, Attributes], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        """Parse a part, names without prefixes."""
        parser = new_parser()
        parser.StartElementHandler = lambda tag, attributes: start(local(tag), attributes)
        if end is not None:
            parser.EndElementHandler = lambda tag: end(local(tag))
        if text is not None:
            parser.CharacterDataHandler = text
        for block in self.blocks(name):
            parser.Parse(block)
        parser.Parse(b"", True)

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """The parts that one refers to: by id, the kind and the place."""
        folder, file = posixpath.split(_plain(name))
        rels = posixpath.join(folder, "_rels", f"{file}.rels")
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, attributes: Attributes) -> None:
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                target = unquote(attributes.get("Target", "")).replace("\\", "/")
                kind = attributes.get("Type", "").rpartition("/")[2]
                found[attributes.get("Id", "")] = (
                    kind,
                    posixpath.normpath(posixpath.join("/", folder, target)),
                )

        if self.has(rels):
            self.parse(rels, start)
        return found


def _plain(name: str) -> str:
    return name.replace("\\", "/").strip("/").lower()


@dataclass(slots=True)
class Workbook:
    """What has to be known of a workbook before its sheets are read."""

    archive: Archive
    sheets: list[SheetEntry]
    texts: list[str]
    struck_texts: set[int]
    styles: list[Style]
    from_1904: bool

    @property
    def may_be_struck(self) -> bool:
        return bool(self.struck_texts) or any(style.struck for style in self.styles)


def open_workbook(archive: Archive) -> Workbook | None:
    """The workbook in an archive; nothing where there is none."""
    place = _place_of_workbook(archive)
    if place is None:
        return None
    listed, from_1904 = _listed(archive, place)
    related = archive.related(place)
    sheets = []
    for number, (name, hidden, relation) in enumerate(listed, start=1):
        kind, part = related.get(relation, ("worksheet", f"xl/worksheets/sheet{number}.xml"))
        if kind == "worksheet" and archive.has(part):
            sheets.append(SheetEntry(name, hidden, part))
    if not listed:  # a workbook without a list: its sheets as they lie there
        parts = sorted(part for part in archive.parts if re.fullmatch(r"xl/worksheets/[^/]+\.xml", part))
        sheets = [SheetEntry(posixpath.basename(part)[:-4], hidden=False, part=part) for part in parts]
    by_kind = {kind: part for kind, part in related.values()}
    texts, struck = _texts(archive, by_kind.get("sharedStrings", "xl/sharedStrings.xml"))
    styles = _styles(archive, by_kind.get("styles", "xl/styles.xml"))
    return Workbook(archive, sheets, texts, struck, styles, from_1904)


def _place_of_workbook(archive: Archive) -> str | None:
    try:
        named = [part for kind, part in archive.related("").values() if kind == "officeDocument"]
    except (expat.ExpatError, ValueError):
        named = []
    for place in (*named, "xl/workbook.xml", *(p for p in archive.parts if p.endswith("/workbook.xml"))):
        if (
            archive.has(place)
            and _plain(place).endswith(".xml")
            and not _plain(place).startswith(("word", "ppt"))
        ):
            return place
    return None


def _listed(archive: Archive, place: str) -> tuple[list[tuple[str, bool, str]], bool]:
    """The sheets as they are listed: name, whether hidden, and the relation that leads to the part."""
    sheets: list[tuple[str, bool, str]] = []
    epoch = [False]

    def start(tag: str, attributes: Attributes) -> None:
        if tag == "sheet":
            relation = next((v for k, v in attributes.items() if ":" in k and local(k) == "id"), "")
            sheets.append(
                (attributes.get("name", ""), attributes.get("state", "visible") != "visible", relation)
            )
        elif tag == "workbookPr":
            epoch[0] = attributes.get("date1904", "0").lower() in ("1", "true", "on")

    archive.parse(place, start)
    return sheets, epoch[0]


def character_of_xml(text: str) -> str:
    """Text with `_xHHHH_`, by which the format writes what XML cannot hold, as the characters that were meant."""
    if "_x" not in text and "_X" not in text:
        return text
    return ESCAPED.sub(lambda found: _meant(int(found.group(1), 16)), text)


def _meant(code: int) -> str:
    return "" if 0xD800 <= code < 0xE000 else chr(code)


def _texts(archive: Archive, part: str) -> tuple[list[str], set[int]]:
    """The texts that cells refer to, and which of them are struck through from end to end."""
    texts: list[str] = []
    struck: set[int] = set()
    if not archive.has(part):
        return texts, struck
    pieces: list[str] = []
    state = {"text": False, "phonetic": False, "runs": 0, "struck": 0}

    def start(tag: str, attributes: Attributes) -> None:
        if tag == "si":
            pieces.clear()
            state.update(runs=0, struck=0)
        elif tag == "rPh":
            state["phonetic"] = True
        elif tag == "r":
            state["runs"] += 1
        elif tag == "strike" and attributes.get("val", "1") not in ("0", "false"):
            state["struck"] += 1
        elif tag == "t":
            state["text"] = not state["phonetic"]

    def end(tag: str) -> None:
        if tag == "t":
            state["text"] = False
        elif tag == "rPh":
            state["phonetic"] = False
        elif tag == "si":
            if state["runs"] and state["struck"] >= state["runs"]:
                struck.add(len(texts))
            texts.append(character_of_xml("".join(pieces)))

    def text(data: str) -> None:
        if state["text"]:
            pieces.append(data)

    archive.parse(part, start, end, text)
    return texts, struck


def _styles(archive: Archive, part: str) -> list[Style]:
    """What each style shows. Of a damaged part, what came before the damage: a serial number is still read as a day."""
    formats: dict[int, str] = {}
    struck: list[bool] = []
    cells: list[tuple[int, int]] = []
    within: list[str] = []

    def start(tag: str, attributes: Attributes) -> None:
        inside = within[-1] if within else ""
        within.append(tag)
        if tag == "numFmt":
            formats[_whole(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif tag == "font" and inside == "fonts":
            struck.append(False)
        elif tag == "strike" and inside == "font" and "fonts" in within and struck:
            struck[-1] = attributes.get("val", "1").lower() not in ("0", "false", "off")
        elif tag == "xf" and inside == "cellXfs":
            cells.append((_whole(attributes.get("numFmtId")), _whole(attributes.get("fontId"))))

    def end(tag: str) -> None:
        within.pop()

    if archive.has(part):
        try:
            archive.parse(part, start, end)
        except expat.ExpatError:
            pass
    return [
        Style(shows(number, formats.get(number)), font < len(struck) and struck[font])
        for number, font in cells
    ]


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdigit() and text.isascii() else 0
