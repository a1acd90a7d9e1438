"""Characters that mean nothing, or the same as another: what hands and programs leave in a cell, and what it stands for."""

import html
import re
import unicodedata

# Nobody sees them: Unicode's default-ignorable code points, the fillers, the empty braille cell, what stands for an object.
IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffc\U000e0000-\U000e0fff"
)
_IGNORABLE = re.compile(f"[{IGNORABLE}]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_DASHES = re.compile("[\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d]")
_JOINER = re.compile(
    "([\u0600-\u0dff]?)[\u200c\u200d]+(?=([\u0600-\u0dff]?))"
)  # shapes Arabic and Indic letters

# GBK's characters that were private until Unicode had them: U+E815-E864 stand for its codes FE50-FEA0.
_PRIVATE = dict(
    zip(
        range(0xE815, 0xE865),
        "⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖䅟⺮䌷⺳⺶⺷𢦏䎱䎬⺻䏝䓖䙡䙌龹䜣䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟"
        "䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻",
        strict=True,
    )
) | {0xE7C7: "ḿ", 0xE7C8: "ǹ"}
PRIVATE = re.compile("[\ue000-\uf8ff]")

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8}\d?);")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # OOXML's way to write what XML cannot hold


def unescaped(text: str) -> str:
    """Text with what other programs wrote for a character turned back into it: `_x000D_`, `&nbsp;`, `<br>`."""
    text = unescaped_xml(text)
    if "&" in text:
        text = _ENTITY.sub(lambda found: html.unescape(found.group()), text)
    return _BREAK.sub(" ", text) if "<" in text else text


def unescaped_xml(text: str) -> str:
    """Text with `_xHHHH_`, by which XLSX writes what XML cannot hold, as the characters that were meant."""
    if "_x" not in text and "_X" not in text:
        return text
    return _ESCAPED.sub(lambda found: _character(int(found.group(1), 16)), text)


def _character(code: int) -> str:
    return "" if 0xD800 <= code < 0xE000 else chr(code)


def folded(text: str) -> str:
    """Text as it compares: half-width, standard characters, one kind of dash; without what nobody sees, trimmed."""
    text = unicodedata.normalize("NFKC", unescaped(text).translate(_PRIVATE))
    if not text.isascii():
        text = _DASHES.sub("-", _IGNORABLE.sub("", _JOINER.sub(_joined, text)))
        text = text.translate(_JOINERS_BACK)
    return _CONTROL.sub(" ", text).strip()


# A code has no ① and no ㎏ that could stand for letters: only what a Chinese keyboard offers for them is the same.
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x2169: "X", 0x2179: "x"}


def narrowed(text: str) -> str:
    """A code as it compares: half-width, one kind of dash, without what nobody sees, trimmed."""
    text = _DASHES.sub("-", _IGNORABLE.sub("", unescaped(text))).translate(_NARROW)
    return _CONTROL.sub(" ", text).strip()


# Joiners that shape are kept: put aside while the others of their kind are taken out.
_JOINERS_BACK = {0xF8FE: "\u200c", 0xF8FF: "\u200d"}


def _joined(found: "re.Match[str]") -> str:
    before, after = found.group(1), found.group(2)
    if not before or not after:
        return before
    return before + ("\uf8ff" if "\u200d" in found.group() else "\uf8fe")


_GUARDED = re.compile(r'=\s*"([^"]*)"')
_MARKS = "'‘’＇′´`｀‵"


def visible(text: str) -> str:
    """Text as it stands there, without what nobody sees, blanks as one."""
    return " ".join(_IGNORABLE.sub("", text).replace("\0", "").split())


def unguarded(text: str) -> str:
    """A code without what keeps its digits from a spreadsheet: `="…"`, one apostrophe or back-tick before it (and after)."""
    text = text.strip()
    if found := _GUARDED.fullmatch(text):
        return found.group(1)
    if text[:1] in _MARKS and text:
        text = text[1:]
        text = text[:-1] if text[-1:] in _MARKS and text else text
    return text
