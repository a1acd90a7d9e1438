"""Characters of names that Noto Sans SC has not: CJK Extensions B to F, which GB 18030-2022 (level 3) asks of public bodies.

No package that pip installs has them, so their outlines come along: a subset of the Hanazono font (LICENSE beside it).
"""

import lzma
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

_FILE = Path(__file__).with_name("rare-han.ttf.xz")
_FIRST = 0x20000  # the supplementary ideographic plane begins here; all below is another font's
_KNOWN: dict[str, Any] = {}
_ONE_AT_A_TIME = Lock()


def rare_outlines(characters: Iterable[str], *, units_per_em: int) -> dict[str, Any]:
    """The TrueType glyphs of those of `characters` that are here, in a font of so many units an em.

    Unpacking takes about a second and 30 MB, once for each character that was not asked for before.
    """
    wanted = {character for character in characters if ord(character) >= _FIRST}
    with _ONE_AT_A_TIME:
        if not wanted <= _KNOWN.keys():
            _learn(wanted - _KNOWN.keys(), units_per_em)
    return {character: _KNOWN[character] for character in wanted if _KNOWN[character] is not None}


def _learn(characters: set[str], units_per_em: int) -> None:
    font = TTFont(BytesIO(lzma.decompress(_FILE.read_bytes())), lazy=True)
    names, glyphs = font.getBestCmap(), font.getGlyphSet()
    scale = units_per_em / font["head"].unitsPerEm
    for character in characters:
        pen = TTGlyphPen(None)
        name = names.get(ord(character))
        if name:
            glyphs[name].draw(TransformPen(pen, (scale, 0, 0, scale, 0, 0)))
        _KNOWN[character] = pen.glyph() if name else None
