"""An XLSX file as a workbook: its sheets, its texts, what its styles show.

Excel and WPS forgive much, and so does this: of the styles only number formats and strikes are read, of the properties
nothing, and a part is found in capitals, behind backslashes, or at another place. Strict Open XML differs by names of
namespaces only, and those are not looked at.
"""

import posixpath
import re
from dataclasses import dataclass
from xml.parsers import expat

from ebikes.importing.archive import Archive, Attributes, local, plain_part
from ebikes.importing.workbook_parts import Style, read_styles, read_texts


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet as the workbook lists it."""

    name: str
    hidden: bool
    part: str


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
    by_kind = dict(related.values())
    texts, struck = read_texts(archive, by_kind.get("sharedStrings", "xl/sharedStrings.xml"))
    styles = read_styles(archive, by_kind.get("styles", "xl/styles.xml"))
    return Workbook(archive, sheets, texts, struck, styles, from_1904)


def _place_of_workbook(archive: Archive) -> str | None:
    try:
        named = [part for kind, part in archive.related("").values() if kind == "officeDocument"]
    except (expat.ExpatError, ValueError):
        named = []
    for place in (*named, "xl/workbook.xml", *(p for p in archive.parts if p.endswith("/workbook.xml"))):
        if (
            archive.has(place)
            and plain_part(place).endswith(".xml")
            and not plain_part(place).startswith(("word", "ppt"))
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
