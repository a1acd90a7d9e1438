"""What each column of a file is, for whoever fills it in: files are Chinese, and so explained to others."""

from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from ebikes.importing.columns import Column, Layout
from ebikes.importing.layouts import EVENTS

DAYS = ("filed_on", "registered_on", "trade_in_enabled_on", "starts_on", "ends_on")


def is_guide(sheet: str) -> bool:
    """Whether a sheet is the one of our own template that explains its columns."""
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            if sheet == _("填写说明"):
                return True
    return False


@dataclass(frozen=True, slots=True)
class Entry:
    """One column in words. `meaning` is empty where the title says it; `how` where any text will do."""

    title: str
    meaning: str
    required: bool
    how: str
    also: tuple[str, ...]


def guide(layout: Layout) -> list[Entry]:
    """The columns of one kind of file, in the language of the page."""
    return [
        Entry(column.title, column.meaning, column.required, _how(column), column.also)
        for column in layout.columns
    ]


def _how(column: Column) -> str:
    """In a few words, what a cell of this column looks like."""
    if column.key in EVENTS:
        return _("时间，如 2022-06-01 10:30:00；只知道日期时写 2022-06-01")
    if column.key in DAYS:
        return _("日期，如 2022-06-01")
    shapes = {
        "id_no": _("按证件原样填写，18 位号码请保持文本格式"),
        "id_kind": _("居民身份证、港澳台居民居住证、护照等；不填为居民身份证"),
        "id_country": _("只用于护照，如 日本；不同国家的护照号码可能相同"),
        "phone": _("11 位手机号"),
        "merchant_uscc": _("18 位统一社会信用代码"),
        "uscc": _("18 位统一社会信用代码"),
        "vehicle_code": _("合格证上的 15 位数字，第 5 位为 2"),
        "price_fen": _("元，最多两位小数"),
        "shop_discount_fen": _("元，最多两位小数；商户自己让利的金额，不含政府补贴"),
        "scrap_value_fen": _("元，最多两位小数；旧车折价抵扣的金额"),
        "wallet_no": _("16 位数字"),
    }
    return shapes.get(column.key, "")
