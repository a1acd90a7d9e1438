"""Characters of names that Noto Sans SC has not: CJK Extensions B to F, which GB 18030-2022 (level 3) asks of public bodies.

No package that pip installs has them. Debian's fonts-hanazono has; `RARE_FONT` says where it lies.
"""

from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register  # noqa: A004 - Django's name
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

_FIRST = 0x20000  # the supplementary ideographic plane begins here; all below is another font's
_KNOWN: dict[str, Any] = {}
_ONE_AT_A_TIME = Lock()


def rare_outlines(characters: Iterable[str], *, units_per_em: int) -> dict[str, Any]:
    """The TrueType glyphs of those of `characters` that the font has, in a font of so many units an em."""
    wanted = {character for character in characters if ord(character) >= _FIRST}
    with _ONE_AT_A_TIME:
        if not wanted <= _KNOWN.keys() and Path(settings.RARE_FONT).is_file():
            _learn(wanted - _KNOWN.keys(), units_per_em)
    return {each: _KNOWN[each] for each in wanted if _KNOWN.get(each) is not None}


def _learn(characters: set[str], units_per_em: int) -> None:
    with TTFont(settings.RARE_FONT, lazy=True) as font:
        names, glyphs = font.getBestCmap(), font.getGlyphSet()
        scale = units_per_em / font["head"].unitsPerEm
        for character in characters:
            pen = TTGlyphPen(None)
            name = names.get(ord(character))
            if name:
                glyphs[name].draw(TransformPen(pen, (scale, 0, 0, scale, 0, 0)))
            _KNOWN[character] = pen.glyph() if name else None


@register(deploy=True)
def rare_characters_print(**_ignored: object) -> list[CheckMessage]:
    """Say before a deployment that names with rare characters would be printed with empty boxes."""
    if Path(settings.RARE_FONT).is_file():
        return []
    hint = "Install fonts-hanazono, or say in RARE_FONT where HanaMinB.ttf lies."
    return [Warning("Rare characters of names are printed as empty boxes.", hint=hint, id="documents.W001")]
