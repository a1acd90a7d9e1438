"""Ranges for exclusion constraints, built from plain columns."""

from django.contrib.postgres.fields import BigIntegerRangeField, DateRangeField, RangeBoundary
from django.db.models import F, Func

_BOTH_ENDS = RangeBoundary(inclusive_lower=True, inclusive_upper=True)


def days(first: str, last: str) -> Func:
    """The range of dates from one column to another, both included; an empty end is open."""
    return Func(F(first), F(last), _BOTH_ENDS, function="daterange", output_field=DateRangeField())


def only(column: str) -> Func:
    """The range that holds just this id: overlapping then means equal, with no extension needed for it."""
    return Func(F(column), F(column), _BOTH_ENDS, function="int8range", output_field=BigIntegerRangeField())
