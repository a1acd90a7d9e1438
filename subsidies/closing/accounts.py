"""The accounts that each kind of ledger row is booked to (科目对应表), as people write them: a line an entry."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from subsidies.models import LedgerEntry, VoucherEntry

GROUPINGS = {"day": gettext_lazy("按日、按类别"), "month": gettext_lazy("按月、按类别")}
NOT_BOOKED = gettext_noop("不制证")
_SEPARATOR = re.compile(r"\s*[|｜\t]\s*")
_ACCOUNT = re.compile(r"([0-9][0-9.\-]*)\s*(\S.*)")
_SHORT = {"财务": "financial", "预算": "budget"}
_LONGEST = {"summary": 100, "code": 20, "name": 60}


class Unreadable(ValueError):
    """What was written is no table of accounts, or no layout; `sentences` says why, all at once."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = list(sentences)
        super().__init__("; ".join(self.sentences))


@dataclass(frozen=True, slots=True)
class Account:
    """An account: its code and name."""

    code: str
    name: str

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@dataclass(frozen=True, slots=True)
class Pair:
    """One debit and one credit of the whole amount, in one of the two books: it cannot be out of balance."""

    book: str
    debit: Account
    credit: Account


@dataclass(frozen=True, slots=True)
class KindAccounts:
    """How rows of a kind are booked; without pairs they are not (备查, no voucher)."""

    kind: str
    summary: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class AccountMap:
    """All kinds, in the order of their vouchers within a day; `grouping`: a key of GROUPINGS."""

    grouping: str
    kinds: tuple[KindAccounts, ...]

    def of(self, kind: str) -> KindAccounts | None:
        """How that kind is booked; None where nobody has said."""
        return next((each for each in self.kinds if each.kind == kind), None)

    def as_json(self) -> dict[str, Any]:
        return {
            "grouping": self.grouping,
            "kinds": [
                {
                    "kind": each.kind,
                    "summary": each.summary,
                    "pairs": [
                        [pair.book, pair.debit.code, pair.debit.name, pair.credit.code, pair.credit.name]
                        for pair in each.pairs
                    ],
                }
                for each in self.kinds
            ],
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "AccountMap":
        return cls(
            content["grouping"],
            tuple(
                KindAccounts(
                    each["kind"],
                    each["summary"],
                    tuple(Pair(book, Account(*two[:2]), Account(*two[2:])) for book, *two in each["pairs"]),
                )
                for each in content["kinds"]
            ),
        )

    def as_text(self) -> str:
        """As people write it: `read_accounts` gives the same back."""
        lines = []
        for each in self.kinds:
            title = kind_title(each.kind)
            if not each.pairs:
                lines.append(f"{title} | {_(NOT_BOOKED)}")
            lines += [
                f"{title} | {each.summary} | {book_title(pair.book)} | {pair.debit} | {pair.credit}"
                for pair in each.pairs
            ]
        return "\n".join(lines)


def kind_title(kind: str) -> str:
    """A kind of ledger row in words."""
    return str(dict(LedgerEntry.Kind.choices).get(kind, kind))


def read_accounts(text: str, grouping: str) -> AccountMap:
    """The table that the lines `类别 | 摘要 | 账套 | 借方科目 | 贷方科目` say. Raises Unreadable."""
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            reader.read(number, cells_of(line))
    for kind in LedgerEntry.Kind.values:
        if kind not in reader.found:
            title = kind_title(kind)
            reader.faults.append(
                _("没有“%(kind)s”的分录；不制凭证的类别请写成：%(kind)s | 不制证") % {"kind": title}
            )
    if grouping not in GROUPINGS:
        reader.faults.append(_("凭证的归并方式无法识别"))
    if reader.faults:
        raise Unreadable(reader.faults)
    return AccountMap(
        grouping,
        tuple(KindAccounts(kind, summary, tuple(pairs)) for kind, (summary, pairs) in reader.found.items()),
    )


def cells_of(line: str) -> list[str]:
    """A line's cells: parted by `|`, or by a tab, as a spreadsheet's rows are when they are pasted."""
    return _SEPARATOR.split(line.strip())


class _Reader:
    """The lines so far: by kind its summary and pairs, and what is wrong with them."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[str, list[Pair]]] = {}
        self.faults: list[str] = []
        titles = dict(LedgerEntry.Kind.choices)
        self._kinds = {name: kind for kind, title in titles.items() for name in (kind, str(title))}
        choices = VoucherEntry.Book.choices
        self._books = _SHORT | {name: book for book, title in choices for name in (book, str(title))}

    def read(self, number: int, cells: list[str]) -> None:
        kind = self._kinds.get(cells[0])
        fault = ""
        if kind is None:
            known = _("、").join(sorted({kind_title(each) for each in self._kinds.values()}))
            fault = _("没有“%(said)s”这一类账目，应为 %(known)s 之一") % {"said": cells[0], "known": known}
        elif cells[1:] in ([NOT_BOOKED], [_(NOT_BOOKED)]):
            if kind in self.found:
                fault = _("“%s”既有分录又写了不制证") % cells[0]
            self.found.setdefault(kind, ("", []))
        elif len(cells) != 5:
            fault = _("应有 5 栏：类别 | 摘要 | 账套 | 借方科目 | 贷方科目，实有 %s 栏") % len(cells)
        else:
            fault = self._pair(kind, *cells[1:])
        if fault:
            self.faults.append(_("第 %(line)s 行：%(fault)s") % {"line": number, "fault": fault})

    def _pair(self, kind: str, summary: str, book: str, debit: str, credit: str) -> str:
        """Take one entry in; return what is wrong with it."""
        sides = [_account(text) for text in (debit, credit)]
        if book not in self._books:
            return _("账套“%s”无法识别，应为 财务会计 或 预算会计") % book
        if None in sides:
            wrong = debit if sides[0] is None else credit
            return _("科目“%s”应为编码加名称，例如 2303 应付政府补贴款") % wrong
        if not 0 < len(summary) <= _LONGEST["summary"]:
            return _("摘要应为 1 至 %s 字") % _LONGEST["summary"]
        pair = Pair(self._books[book], *filter(None, sides))
        said, pairs = self.found.setdefault(kind, (summary, []))
        fault = ""
        if not said:
            fault = _("“%s”既有分录又写了不制证") % kind_title(kind)
        elif pair.debit.code == pair.credit.code:
            fault = _("借方和贷方是同一个科目")
        elif pair in pairs:
            fault = _("这条分录重复了")
        else:
            pairs.append(pair)
        return fault


def _account(text: str) -> Account | None:
    found = _ACCOUNT.fullmatch(text)
    if not found or len(found[1]) > _LONGEST["code"] or len(found[2]) > _LONGEST["name"]:
        return None
    return Account(found[1], found[2])


def book_title(book: str) -> str:
    """One of the two books in words."""
    return str(VoucherEntry.Book(book).label)
