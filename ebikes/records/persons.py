"""Who is who: a person is known by the kind and the number of a document, a passport's holder by its country as well.

The number of one kind of document says nothing of another's: a Taiwan permit and a passport may both be 12345678. The
authorities tell a number without its kind; what they say is compared by the number alone, on a plate that both know.
"""

import re
from typing import NamedTuple

from core.privacy.sealing import blind_index

PASSPORT = "护照"
RESIDENT = "居民身份证"
# Their 18 digits are given out as one series (GB 11643, and the permits built like it): the number alone tells who it is.
ONE_SERIES = frozenset(
    {RESIDENT, "港澳居民居住证", "台湾居民居住证", "港澳台居民居住证", "外国人永久居留身份证"}
)

_ISSUE_OF_PERMIT = re.compile(r"([HM]\d{8})\d{2}", re.ASCII)
_NOT_OF_A_NAME = re.compile(r"[\W_]+")


def number_index(number: str) -> bytes:
    """The blind index of a document's number, whatever its kind: what an authority tells, and what people search by.

    A permit to the mainland that was issued again has two digits more, which count the issue: it is the same person's.
    """
    return blind_index(without_issue(number), context="id_no")


def without_issue(number: str) -> str:
    """A document's number as it stays however often the document is issued."""
    if number[:1].isdigit():  # most begin with one, and are as they are
        return number
    number = number.replace("(", "").replace(")", "")
    permit = _ISSUE_OF_PERMIT.fullmatch(number)
    return permit.group(1) if permit else number


def name_index(name: str) -> bytes | None:
    """The blind index by which names are compared; None of one that came masked, which is compared with nothing."""
    return None if "*" in name else blind_index(name, context="name")


def series(kind: str) -> str:
    """The kinds whose numbers never mean two people have one series; every other kind has its own."""
    return RESIDENT if kind in ONE_SERIES else kind


def kinds_of_series(kind: str) -> frozenset[str]:
    """All kinds of document that share the series of this one."""
    return ONE_SERIES if kind in ONE_SERIES else frozenset({kind})


def document(kind: str, number: bytes | memoryview) -> bytes:
    """Kind and `number_index` as one value: by it a register's holder and an applicant are compared."""
    return series(kind).encode() + b"\x1f" + bytes(number)


class Document(NamedTuple):
    """A document that somebody shows: its kind, and its number in clear, normalised."""

    kind: str
    number: str

    @property
    def holder(self) -> bytes:
        return document(self.kind, number_index(self.number))


def person_index(kind: str, number: bytes, *, country: str = "", name: str = "") -> bytes:
    """Of a kind and a `number_index`, the blind index that makes one `Owner` of everything that one person hands in.

    Two countries may give the same number to a passport: where none is named, the holder's name stands for it. That two
    names have one passport number is for a person to decide (the signal `shared_document`).
    """
    return blind_index(one_person(kind, number.hex(), country=country, name=name), context="person")


def one_person(kind: str, number: str, *, country: str, name: str) -> str:
    """What is the same in everything that one person hands in; `number`: of the document, or what stands for it."""
    whose = f"{series(kind)}\x1f{number}"
    if kind == PASSPORT:
        whose += f"\x1f{country.upper()}" if country else f"\x1f\x1f{_words(name)}"
    return whose


def _words(name: str) -> str:
    """A name by its words, in whatever order and case: TANAKA Taro, Taro Tanaka."""
    return " ".join(sorted(filter(None, _NOT_OF_A_NAME.split(name.upper()))))
