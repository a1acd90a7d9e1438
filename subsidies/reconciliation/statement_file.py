"""A statement as a file of the operator's: which columns it has, and its lines. Read whole, or not at all."""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.money import to_fen
from core.privacy.masks import mask_name
from core.privacy.sealed_files import in_memory
from ebikes.importing.columns import plain_title
from ebikes.importing.digits import lost
from ebikes.importing.moments import parse_moment
from ebikes.importing.problems import Problem, UnreadableFile, sentence
from ebikes.importing.reader import open_sheets
from ebikes.importing.sheet import Opened
from ebikes.importing.text import Cell, as_text, compact
from subsidies.models import StatementFile, StatementLayout
from subsidies.payouts.statement import StatementLine

LIMIT_MB = 10
HEADER_WITHIN, SAMPLES, SHOWN = 30, 3, 5
FEWEST_TITLES = 3
PAID, RETURNED, NOT_PAID = "paid", "returned", "not_paid"
COLUMNS: dict[str, str | Promise] = {
    "number": gettext_lazy("请求号(本系统发出的明细号)"),
    "amount": gettext_lazy("金额"),
    "paid_at": gettext_lazy("付款时间"),
    "state": gettext_lazy("状态(没有则全部视为已付)"),
    "payee": gettext_lazy("收款钱包或手机号(末四位)"),
    "memo": gettext_lazy("附言"),
}
NEEDED = ("number", "amount", "paid_at")
WORDS: dict[str, str | Promise] = {
    PAID: gettext_lazy("已付"),
    RETURNED: gettext_lazy("已退回"),
    NOT_PAID: gettext_lazy("未付(不计)"),
}


class Odd(ValueError):
    """A cell that says nothing; the message is the sentence."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The first sheet with a header: its titles as written, the rows below (line in the sheet, cells)."""

    titles: tuple[str, ...]
    rows: Sequence[tuple[int, Sequence[Cell]]] = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """By which a file of the same kind is known again."""
        return hashlib.sha256("\x1f".join(map(plain_title, self.titles)).encode()).hexdigest()

    def samples(self, title: str) -> list[str]:
        """The first values under a title, with the middle of long numbers left out."""
        at = self.titles.index(title)
        values = (_shown(row[at]) for _line, row in self.rows if at < len(row))
        return [_masked(value, title) for value in values if value][:SAMPLES]

    def words(self, title: str) -> list[str]:
        """Every word that stands under a title, in the order of the file."""
        at = self.titles.index(title)
        return list(dict.fromkeys(_shown(row[at]) for _line, row in self.rows if at < len(row)))


def read_sheet(file: StatementFile) -> Sheet:
    """The file's table. Raises UnreadableFile with the sentence for whoever sent it."""
    with in_memory([base64.b64decode(file.content)]) as path, open_sheets(path) as opened:
        return _first_table(opened)


def _first_table(opened: Opened) -> Sheet:
    """The first visible sheet in which a row has titles. A row that nobody sees in the spreadsheet makes it unreadable."""
    for sheet in opened.sheets:
        if sheet.hidden:
            continue
        lines = [line for line in sheet.lines() if any(map(_shown, line.cells))]
        for index, header in enumerate(lines[:HEADER_WITHIN]):
            titles = tuple(map(_shown, header.cells))
            if sum(bool(title) for title in titles) >= FEWEST_TITLES:
                rows = lines[index + 1 :]
                if unseen := next((line for line in rows if line.flaw or line.struck), None):
                    raise UnreadableFile(_("第 %s 行被隐藏、筛掉或划去，请先还原再上传") % unseen.number)
                if hidden := next(
                    (title for at, title in enumerate(titles) if title and sheet.hides(at)), ""
                ):
                    raise UnreadableFile(_("“%s”一列被隐藏，请先取消隐藏再上传") % hidden)
                return Sheet(titles, [(line.number, line.cells) for line in rows])
    raise UnreadableFile(_("没有找到表头：前 30 行里没有一行有三个以上的列名"))


def _shown(cell: Cell) -> str:
    """A cell as people see it, also one that holds no value to be read."""
    try:
        return as_text(cell)
    except Problem as problem:
        return str(problem.params.get("value", ""))


def read_lines(sheet: Sheet, layout: StatementLayout) -> list[StatementLine]:
    """The payments of a file. Raises UnreadableFile that names the first lines which are not understood."""
    places = {key: sheet.titles.index(title) for key, title in layout.columns.items()}
    found: list[StatementLine] = []
    wrong: list[str] = []
    for line, row in sheet.rows:
        cells = {key: row[at] if at < len(row) else None for key, at in places.items()}
        try:
            read = _read(cells, layout)
        except (Problem, Odd) as problem:
            wrong.append(_("第 %(line)s 行：%(why)s") % {"line": line, "why": _why(problem)})
        else:
            found += [read] if read else []
    if wrong:
        more = _("，另有 %s 行") % (len(wrong) - SHOWN) if len(wrong) > SHOWN else ""
        raise UnreadableFile(_("；").join(wrong[:SHOWN]) + more)
    return found


def _read(cells: dict[str, Cell], layout: StatementLayout) -> StatementLine | None:
    """One payment; None for one that was not made. Raises Problem, Odd."""
    word = layout.words.get(as_text(cells["state"])) if "state" in cells else PAID
    if word is None:
        raise Odd(_("状态“%s”没有对应，请先补充列对应") % as_text(cells["state"]))
    if word == NOT_PAID:
        return None
    if flaw := lost(cells["number"]):
        raise Odd(_("请求号“%s”的位数已被表格软件改动，请从运营机构重新下载") % flaw.text)
    number = compact(cells["number"])
    if not number:
        raise Problem("missing", {"column": _("请求号")})
    fen = _fen(cells["amount"], in_fen=layout.in_fen)
    try:
        paid_at = parse_moment(cells["paid_at"]).at
    except Problem:
        raise Odd(_("付款时间“%s”无法识别") % as_text(cells["paid_at"])) from None
    if paid_at > timezone.now():
        raise Problem("future", {"column": _("付款时间"), "value": as_text(cells["paid_at"])})
    payee = compact(cells.get("payee"))
    return StatementLine(
        number=number,
        amount_fen=abs(fen),
        paid=word == PAID and fen > 0,
        memo=as_text(cells.get("memo"))[:128],
        paid_at=paid_at,
        payee=payee[-4:],
    )


def _fen(cell: Cell, *, in_fen: bool) -> int:
    """A whole number of fen; below zero where money came back. Raises Odd."""
    text = as_text(cell).replace(",", "").replace("¥", "").replace("元", "").strip()
    try:
        amount = Decimal(text)
        fen = to_fen(amount / 100 if in_fen else amount)
    except (InvalidOperation, ValueError):
        raise Odd(_("金额“%s”不是有效的金额") % as_text(cell)) from None
    if not fen:
        raise Odd(_("金额“%s”不是有效的金额") % as_text(cell))
    return fen


def _why(problem: Problem | Odd) -> str:
    if isinstance(problem, Odd):
        return str(problem)
    return sentence(problem.kind, {"column": "", **problem.params})


def _masked(value: str, title: str) -> str:
    """Enough to know the column by, not enough to learn whose it is."""
    if any(word in title for word in ("名", "人")):
        return mask_name(value)
    return _DIGITS.sub(lambda found: f"{found[0][:3]}…{found[0][-2:]}", value)[:40]


_DIGITS = re.compile(r"\d{7,}")
