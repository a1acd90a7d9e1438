"""What people and programs write where there is no value: that there is none, the same as above, an error, a picture."""

import re
from functools import lru_cache

from ebikes.importing.characters import folded
from ebikes.importing.flaws import Flaw

_NONE = frozenset(
    (
        *(
            "",
            "无",
            "没有",
            "暂无",
            "空",
            "未填",
            "未填写",
            "(空)",
            "(无)",
            "/",
            "//",
            "\\",
            "-",
            "--",
            "---",
            "n/a",
        ),
        *("null", "nan", "none", "nil", "undefined", "\\n", "(null)", "<null>", "[null]"),
    )
)
_DITTO = frozenset(("同上", "同前", "上同", "〃", "\u2033", "ibid", "同上行"))
_ERROR = re.compile(
    r"#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA|BLOCKED!|CONNECT!|FIELD!|BUSY!|UNKNOWN!)"
    r"|#{3,}|\[object Object\]|Err:\d{3}",
    re.IGNORECASE,
)
_PICTURE = re.compile(r"=\s*(?:_xlfn\.)?(?:DISPIMG|IMAGE)\s*\(.*", re.IGNORECASE | re.DOTALL)
# What such a cell begins with; all others are spared a closer look.
SUSPECT = frozenset(
    " \t\n\r\u3000\xa0\u200b\ufeff无没暂空未/／\\＼-－—–―‐−─﹣nNuU#＃[(<（＜＝=同上〃″iIeEＮｎＵｕ\xad\u2066\u2068"
)


@lru_cache(4096)
def saying(cell: str) -> str | Flaw | None:
    """The cell, or nothing where it says that there is nothing, or the flaw that stands in place of a value."""
    text = folded(cell)
    if text.lower() in _NONE:
        return None
    if text in _DITTO:
        return Flaw("ditto", text)
    if _ERROR.fullmatch(text):
        return Flaw("error_cell", text)
    return Flaw("picture", "") if _PICTURE.fullmatch(text) else cell
