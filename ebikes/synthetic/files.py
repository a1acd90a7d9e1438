"""The trade-in files as offices send them: three hands, three habits, and the mistakes that hands make."""

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from openpyxl import Workbook

from core.money import plain_yuan
from ebikes.synthetic.trades import Trade

COLUMNS = (
    *(
        "淘汰置换单号",
        "备案号牌",
        "车主姓名",
        "证件类型",
        "证件号码",
        "手机号",
        "商户统一社会信用代码",
        "代办点编号",
    ),
    *(
        "注销时间",
        "回收时间",
        "购买时间",
        "上牌时间",
        "新车整车编码",
        "新车号牌",
        "品牌",
        "发票号码",
        "成交价(元)",
        "车企让利(元)",
        "回收抵扣(元)",
    ),
    *("数字人民币钱包编号", "钱包运营机构", "备注"),
)
RENAMED = {
    "淘汰置换单号": "单号",
    "手机号": "联系电话",
    "证件号码": "证件号码(身份证)",
    "新车号牌": "新车 号牌",
}
FULL_WIDTH = {ord(c): ord(c) + 0xFEE0 for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
MISTAKEN, UNTIDY = 0.035, 0.08
Cells = dict[str, Any]


def write_csv(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]], encoding: str = "utf-8-sig"
) -> None:
    """Write a CSV file, times as `2022-06-01 09:00:00`."""
    with path.open("w", newline="", encoding=encoding) as handle:
        writer = csv.writer(handle)
        writer.writerow(header)
        writer.writerows([_plain(cell) for cell in row] for row in rows)


def _plain(cell: Any) -> Any:
    return f"{cell:%Y-%m-%d %H:%M:%S}" if isinstance(cell, datetime) else cell


def write_trade_ins(folder: Path, trades: list[Trade], rnd: Random) -> None:
    """The platform's export (XLSX), the merchants' collection (GB18030 CSV), and the late entries (XLSX)."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [_untidy(cells_of(trade), rnd) for trade in trades]
    first, second = len(rows) // 2, len(rows) * 4 // 5
    late = rows[second:] + _sent_again(rows[first:second], rnd)
    titles = [["拱墅区电动自行车淘汰置换明细"], ["本表由演示程序生成，人员均为虚构"]]
    _write_xlsx(folder / "1-平台导出.xlsx", [*titles, COLUMNS], rows[:first], COLUMNS)
    header = [RENAMED.get(title, title) for title in COLUMNS]
    write_csv(
        folder / "2-商户汇总.csv",
        header,
        ([row[c] for c in COLUMNS] for row in rows[first:second]),
        "gb18030",
    )
    order = (*COLUMNS[7::-1], *COLUMNS[8:])
    _write_xlsx(folder / "3-补录.xlsx", [order], late, order)


def write_late(path: Path, late: Sequence[Trade], known: Trade) -> None:
    """What somebody typed off paper: the last row with a number too short, and one record that is there already."""
    rows = [cells_of(trade) for trade in (*late, known)]
    _mistake_code(rows[len(late) - 1])
    path.parent.mkdir(parents=True, exist_ok=True)
    write_csv(path, COLUMNS, ([row[title] for title in COLUMNS] for row in rows))


def cells_of(trade: Trade) -> Cells:
    """One record as a row, by the titles of the columns."""
    person, times = trade.person, trade.times
    values = (
        *(
            trade.record_no,
            trade.plate,
            person.name,
            "居民身份证",
            person.id_no,
            person.phone,
            trade.merchant,
            trade.point,
        ),
        *(times["deregistered"], times["collected"], times["purchased"], times["plated"]),
        *(
            trade.vehicle_code,
            trade.digital_plate,
            trade.brand,
            trade.invoice,
            plain_yuan(trade.price_fen),
            *_given_off(trade),
        ),
        *(person.wallet_no, "网商银行" if person.wallet_no else "", trade.remark),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _given_off(trade: Trade) -> tuple[str, str]:
    """What the shop gave off (to 200 yuan) and set off for the old bike (100 to 250): the same for the same record."""
    n = sum(map(ord, trade.record_no))
    return plain_yuan(n % 5 * 5_000) if n % 5 else "", plain_yuan(10_000 + n % 4 * 5_000)


def _untidy(row: Cells, rnd: Random) -> Cells:
    dice = rnd.random()
    if dice < MISTAKEN:
        rnd.choice(_MISTAKES)(row)
    elif dice < MISTAKEN + UNTIDY:
        rnd.choice(_HABITS)(row)
    return row


def _habit_full_width(row: Cells) -> None:
    row["证件号码"] = row["证件号码"].translate(FULL_WIDTH)


def _habit_spaces(row: Cells) -> None:
    row["备案号牌"], row["车主姓名"] = f" {row['备案号牌'][:2]} {row['备案号牌'][2:]}", row["车主姓名"] + " "


def _habit_prefix(row: Cells) -> None:
    row["手机号"] = f"+86 {row['手机号']}"


def _habit_money(row: Cells) -> None:
    row["成交价(元)"] = f"¥{Decimal(row['成交价(元)']):,.2f}"


def _habit_date(row: Cells) -> None:
    moment = row["回收时间"]
    row["回收时间"] = f"{moment.year}年{moment.month}月{moment.day}日 {moment:%H:%M:%S}"


def _habit_dot(row: Cells) -> None:
    row["新车号牌"] = f"{row['新车号牌'][:2]}·{row['新车号牌'][2:]}"


def _mistake_id(row: Cells) -> None:
    last = row["证件号码"][-1]
    row["证件号码"] = row["证件号码"][:-1] + ("1" if last == "0" else "0")


def _mistake_code(row: Cells) -> None:
    row["新车整车编码"] = row["新车整车编码"][:-1]


def _mistake_date(row: Cells) -> None:
    row["购买时间"] = "2022-06-31 10:00:00"


def _mistake_phone(row: Cells) -> None:
    row["手机号"] = "0571-88888888"


def _mistake_missing(row: Cells) -> None:
    row["备案号牌"] = ""


def _mistake_point(row: Cells) -> None:
    row["代办点编号"] = "GS-DB-999"


def _mistake_price(row: Cells) -> None:
    row["成交价(元)"] = "面议"


_HABITS = (_habit_full_width, _habit_spaces, _habit_prefix, _habit_money, _habit_date, _habit_dot)
_MISTAKES = (
    *(
        _mistake_id,
        _mistake_code,
        _mistake_date,
        _mistake_phone,
        _mistake_missing,
        _mistake_point,
        _mistake_price,
    ),
)


def _sent_again(rows: list[Cells], rnd: Random) -> list[Cells]:
    """Records that arrive a second time, most of them the same, a few with another vehicle."""
    again = [dict(row) for row in rnd.sample(rows, min(30, len(rows)))]
    for row in again[:6]:
        row["新车整车编码"] = str(int("0" + row["新车整车编码"]) + 1).zfill(15)
    return again


def _write_xlsx(
    path: Path, top: Sequence[Sequence[str]], rows: Iterable[Cells], order: Sequence[str]
) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("淘汰置换")
    for line in top:
        sheet.append(list(line))
    for row in rows:
        sheet.append([row[title] for title in order])
    book.save(path)
