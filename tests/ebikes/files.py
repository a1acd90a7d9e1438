"""Small files as merchants and offices send them, with numbers that are valid and made up."""

import csv
import io
from datetime import date, timedelta
from itertools import count
from typing import Any

from openpyxl import Workbook
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from ebikes.importing.layouts import LAYOUTS

_numbers = count(1)


def valid_uscc() -> str:
    """A unified social credit code with the right check digit."""
    body = f"91330105MA{next(_numbers):07d}"
    return body + uscc.calc_check_digit(body)


def valid_id() -> str:
    """A resident ID with the right check digit."""
    days, number = divmod(next(_numbers), 1000)
    body = f"330105{date(1980, 1, 1) + timedelta(days=days):%Y%m%d}{number:03d}"
    return body + mod_11_2.calc_check_digit(body)


def trade_in_row(point: Any, **cells: str) -> dict[str, str]:
    """A clean row of a file of trade-ins, collected at `point`."""
    number = next(_numbers)
    return {
        "淘汰置换单号": f"ZH{number:08d}",
        "备案号牌": f"杭C{number:06d}",
        "车主姓名": "王小芳",
        "证件类型": "居民身份证",
        "证件号码": valid_id(),
        "手机号": "13812345678",
        "商户统一社会信用代码": point.merchant.uscc,
        "代办点编号": point.point_no,
        "注销时间": "2022-06-10 09:00:00",
        "回收时间": "2022-06-10 10:00:00",
        "购买时间": "2022-06-10 11:00:00",
        "上牌时间": "2022-06-10 12:00:00",
        "新车整车编码": f"12342{number:010d}",
        "新车号牌": f"浙C{number:06d}",
        **cells,
    }


def typed_at(point: Any, **cells: str) -> dict[str, str]:
    """The same as somebody types it at the counter: by the keys of the fields, without what the form fills in itself."""
    titles = {column.title: column.key for column in LAYOUTS["trade_ins"].columns}
    typed = {titles[title]: cell for title, cell in trade_in_row(point).items()}
    del typed["record_no"], typed["merchant_uscc"]
    return {**typed, **cells}


def as_csv(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(rows: list[dict[str, str]]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (list(rows[0]), *(list(row.values()) for row in rows)):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
