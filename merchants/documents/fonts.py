"""A document brings its Chinese along: whoever opens or prints it, with whatever fonts, sees what we saw."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from threading import Lock
from typing import Any

import pylopdf_fonts_zh_cn
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont as Source
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from merchants.documents.rare_han import rare_outlines

# Noto Sans SC, embedded; its outlines are PostScript's and reportlab embeds TrueType's, so those needed are converted.
NAME = "NotoSansSC"
MISSING = ".notdef"
ALWAYS = frozenset(map(chr, range(0x20, 0x7F))) | {"…"}  # figures and what is set when a text is cut
_ONE_AT_A_TIME = Lock()  # reportlab knows fonts by name, one list for the whole process


class _Copied(TTFont):
    """What is copied out of a document, or searched in it, is UTF-16; reportlab writes characters beyond it as they are."""

    def addObjects(self, doc: Any) -> None:  # noqa: N802 - reportlab's name
        super().addObjects(doc)
        for name, stream in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:"):
                stream.content = _BEYOND.sub(lambda found: f"<{_utf16(int(found[1], 16))}>", stream.content)


_BEYOND = re.compile(r"<([0-9A-F]{5,6})>")


def _utf16(code: int) -> str:
    return chr(code).encode("utf-16-be").hex().upper()


@contextmanager
def embedded(texts: Iterable[str]) -> Iterator[str]:
    """The name of a font that has every character of `texts`, within the block.

    Another thread waits for its end, so do not nest it. A character that neither Noto nor `RARE_FONT` has is an empty box.
    """
    with _ONE_AT_A_TIME:
        font = _Copied(NAME, BytesIO(_truetype(ALWAYS.union(*texts))))
        pdfmetrics.registerFont(font)
        try:
            yield NAME
        finally:
            font.unregister()


@cache
def _source() -> Source:
    # Read as it is used, but from memory: processes that fork would share the place in an open file.
    return Source(BytesIO(pylopdf_fonts_zh_cn.sans_path().read_bytes()), lazy=True)


@cache
def _outline(glyph: str) -> Any:
    pen = TTGlyphPen(None)
    _source().getGlyphSet()[glyph].draw(Cu2QuPen(pen, max_err=1, reverse_direction=True))
    return pen.glyph()


def _truetype(characters: frozenset[str]) -> bytes:
    """A TrueType font of these characters only."""
    source = _source()
    known = source.getBestCmap()
    glyphs = {
        ord(character): known[ord(character)] for character in sorted(characters) if ord(character) in known
    }
    rare = rare_outlines(
        filter(lambda each: ord(each) not in known, characters), units_per_em=source["head"].unitsPerEm
    )
    outlines = {name: _outline(name) for name in (MISSING, *sorted(set(glyphs.values())))}
    metrics = {name: source["hmtx"][name] for name in outlines}
    for character, outline in sorted(rare.items()):
        name = glyphs[ord(character)] = f"u{ord(character):X}"
        outlines[name], metrics[name] = outline, (source["head"].unitsPerEm, 0)
    font = FontBuilder(source["head"].unitsPerEm)
    font.updateHead(created=0, modified=0)
    font.setupGlyphOrder(list(outlines))
    font.setupCharacterMap(glyphs)
    font.setupGlyf(outlines)
    font.setupHorizontalMetrics(metrics)
    font.setupHorizontalHeader(ascent=source["OS/2"].sTypoAscender, descent=source["OS/2"].sTypoDescender)
    font.setupNameTable({"familyName": NAME, "styleName": "Regular", "psName": NAME})
    font.setupOS2(fsType=0, sCapHeight=source["OS/2"].sCapHeight)
    font.setupPost()
    out = BytesIO()
    font.save(out)
    return out.getvalue()
