"""Logs without anybody in them: what the database said of a statement, and numbers that tell who somebody is, stay out."""

import logging
import re
import traceback
from collections.abc import Iterator
from types import TracebackType

import psycopg
from django.db import Error as DatabaseError

_BETWEEN = "\nThe above exception came on the way to the following one:\n\n"
_NUMBERS = re.compile(
    r"(?<![0-9A-Za-z])(?:(?:\+?86)?1[3-9]\d{9}|\d{6}(?:18|19|20)\d{2}[01]\d[0-3]\d{4}[\dXx])(?![0-9A-Za-z])"
)
_DETAIL = re.compile(r"^(?:DETAIL|CONTEXT|LINE \d+|QUERY):.*$", re.MULTILINE)
_KEY = re.compile(r"\)=\(.*?\)(?= already exists| is not present| conflicts)", re.DOTALL)


class ScrubbingFormatter(logging.Formatter):
    """Formats as any other. Of an exception of the database only its kind and its code are told."""

    def format(self, record: logging.LogRecord) -> str:
        return scrubbed(super().format(record))

    def formatException(self, ei: object) -> str:  # noqa: N802 - as the library calls it
        error = ei[1] if isinstance(ei, tuple) else None
        if not isinstance(error, BaseException):
            return ""
        return _BETWEEN.join(reversed(list(map(_told, _chain(error)))))


def scrubbed(text: str) -> str:
    """A text without numbers of people, and without what a database adds about values."""
    return _NUMBERS.sub("***", _KEY.sub(")=(***)", _DETAIL.sub("***", text)))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that it came from, the newest first."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def _told(error: BaseException) -> str:
    trace: TracebackType | None = error.__traceback__
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    what = _code(error) if isinstance(error, DatabaseError | psycopg.Error) else str(error)
    return f"Traceback:\n{''.join(traceback.format_tb(trace))}{kind}: {what}"


def _code(error: BaseException) -> str:
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    return f"SQLSTATE {getattr(cause, 'sqlstate', None) or '?'}"
