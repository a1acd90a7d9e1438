"""What a cell and the lock register say to each other: JSON, signed both ways (`ebikes.licensing.signatures`).

A question names a claim by the number of its record, and carries a number of its own: those of one cell rise, within an
epoch of that cell. The register answers the newest question about a claim and calls an earlier one stale, so that a question
may be asked twice, late, or by a worker that came back from the dead. A new epoch begins when a cell was restored from a
backup: whatever is asked under the old one is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

LOCKS, HELD, REPORTS = "/province/locks/", "/province/locks/held/", "/province/reports/"
MOST = 500  # questions in one request
CLAIM_LENGTH, INDEX_BYTES = 64, 16


class NotThisProtocol(ValueError):
    """It is not what the two say to each other."""


class Kind(StrEnum):
    """What is locked."""

    BIKE = "bike"
    VEHICLE = "vehicle"
    PERSON = "person"


class Ask(StrEnum):
    """What a cell asks: a place for a claim on its way, for good before it is paid, or none any more."""

    RESERVE = "reserve"
    KEEP = "keep"
    RELEASE = "release"


class Word(StrEnum):
    """What the register answers. TAKEN: a claim of another cell holds it; the last two are no answer: ask again."""

    RESERVED = "reserved"
    KEPT = "kept"
    RELEASED = "released"
    TAKEN = "taken"
    STALE = "stale"
    WAIT = "wait"


class Refusal(StrEnum):
    """Why a request as a whole is not answered."""

    OLD_EPOCH = "old_epoch"


ANSWERED = (Word.RESERVED, Word.KEPT, Word.RELEASED, Word.TAKEN)


@dataclass(frozen=True, slots=True)
class Key:
    """One thing to be locked: its index in hexadecimal; of a person, how many claims may hold it in the whole province."""

    kind: Kind
    index: str
    most: int = 1


@dataclass(frozen=True, slots=True)
class Question:
    """One question about a claim. `held`: the cell was told before that the claim holds these keys."""

    number: int
    claim: str
    ask: Ask
    keys: tuple[Key, ...] = ()
    held: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """One request of a cell. `heard`: the last position of the register that the cell knows; `told_anew`: it has said all
    that it holds to this `generation` of the register.
    """

    cell: str
    epoch: int
    generation: int
    heard: int
    told_anew: bool
    questions: tuple[Question, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Said:
    """The answer to one question. `until`: when a reservation ends; `cell`, `claim`, `kind`: who holds what, if TAKEN."""

    number: int
    word: Word
    until: datetime | None = None
    cell: str = ""
    claim: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request. `seen`: the highest number of this cell's questions in its epoch; `collecting`: the register
    was restored, and grants nothing before every cell has said anew what it holds.
    """

    generation: int
    position: int
    epoch: int
    seen: int
    collecting: bool = False
    refusal: str = ""
    words: tuple[Said, ...] = ()

    def as_json(self) -> dict[str, Any]:
        told = asdict(self)
        for each in told["words"]:
            each["until"] = each["until"].isoformat() if each["until"] else None
        return told


def read_asking(told: Any) -> Asking:
    """A request as it came. Raises NotThisProtocol."""
    try:
        questions = tuple(map(_question, told["questions"]))
        asking = Asking(
            *(str(told["cell"]), _whole(told["epoch"]), _whole(told["generation"]), _whole(told["heard"])),
            told_anew=told["told_anew"] is True,
            questions=questions,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotThisProtocol(type(error).__name__) from error
    if len(questions) > MOST or len({each.claim for each in questions}) < len(questions):
        raise NotThisProtocol("too many questions, or two about one claim")
    return asking


def read_answer(told: Any, asked: Sequence[Question]) -> Answer:
    """An answer as it came; every word in it answers something that was asked. Raises NotThisProtocol."""
    try:
        words = tuple(map(_said, told["words"]))
        numbers = ("generation", "position", "epoch", "seen")
        generation, position, epoch, seen = (_whole(told[name]) for name in numbers)
        refusal = Refusal(told["refusal"]).value if told["refusal"] else ""
        collecting = told["collecting"] is True
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotThisProtocol(type(error).__name__) from error
    if sorted(each.number for each in words) != sorted(each.number for each in asked) and not refusal:
        raise NotThisProtocol("not what was asked")
    return Answer(generation, position, epoch, seen, collecting, refusal, () if refusal else words)


def _question(told: Mapping[str, Any]) -> Question:
    keys = tuple(
        Key(Kind(each["kind"]), _index(each["index"]), _whole(each["most"])) for each in told["keys"]
    )
    claim = told["claim"]
    if not isinstance(claim, str) or not 0 < len(claim) <= CLAIM_LENGTH:
        raise ValueError("claim")
    question = Question(_whole(told["number"]), claim, Ask(told["ask"]), keys, told["held"] is True)
    if bool(keys) is (question.ask is Ask.RELEASE):
        raise ValueError("keys")
    return question


def _said(told: Mapping[str, Any]) -> Said:
    until = datetime.fromisoformat(told["until"]) if told["until"] else None
    if until is not None and until.tzinfo is None:
        raise ValueError("until")
    word, holder = Word(told["word"]), (str(told["cell"]), str(told["claim"]), str(told["kind"]))
    if (word is Word.RESERVED and until is None) or (word is Word.TAKEN and not all(holder)):
        raise ValueError("word")
    return Said(_whole(told["number"]), word, until, *holder)


def _index(text: str) -> str:
    if len(bytes.fromhex(text)) != INDEX_BYTES:
        raise ValueError("index")
    return text.lower()


def _whole(number: Any) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**62:
        raise ValueError("number")
    return number
