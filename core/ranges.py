"""Days and ranges of them, as constraints ask for them."""

from django.contrib.postgres.fields import BigIntegerRangeField, DateRangeField, RangeBoundary
from django.db.models import DateField, F, Func
from django.db.models.functions import Now

# The date at Hangzhou, by the database's clock. A row that was not of the future when it was written never becomes so.
TODAY = Func(Now(), template="(%(expressions)s AT TIME ZONE 'Asia/Shanghai')::date", output_field=DateField())
_BOTH_ENDS = RangeBoundary(inclusive_lower=True, inclusive_upper=True)


def days(first: str, last: str) -> Func:
    """The range of dates from one column to another, both included; an empty end is open."""
    return Func(F(first), F(last), _BOTH_ENDS, function="daterange", output_field=DateRangeField())


def only(column: str) -> Func:
    """The range that holds just this id: overlapping then means equal, with no extension needed for it."""
    return Func(F(column), F(column), _BOTH_ENDS, function="int8range", output_field=BigIntegerRangeField())
