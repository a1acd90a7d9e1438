"""The parts of an XLSX file, by any spelling of their names, and a parser that takes no entities."""

import posixpath
import zipfile
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from urllib.parse import unquote
from xml.parsers import expat

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


@dataclass(slots=True)
class Archive:
    """The parts of a zip file, by their names in small letters with forward slashes."""

    zip: zipfile.ZipFile
    parts: dict[str, zipfile.ZipInfo] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for entry in self.zip.infolist():
            self.parts.setdefault(plain_part(entry.filename), entry)

    def has(self, name: str) -> bool:
        return plain_part(name) in self.parts

    def size(self, name: str) -> int:
        return self.parts[plain_part(name)].file_size

    def blocks(self, name: str) -> Generator[bytes, None, None]:
        """A part, block by block. Closed where it is left before its end, or the archive stays open."""
        with self.zip.open(self.parts[plain_part(name)]) as handle:
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
        with closing(self.blocks(name)) as blocks:
            for block in blocks:
                parser.Parse(block)
        parser.Parse(b"", True)

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """The parts that one refers to: by id, the kind and the place."""
        folder, file = posixpath.split(plain_part(name))
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


def plain_part(name: str) -> str:
    return name.replace("\\", "/").strip("/").lower()
