"""Marks on lists: an icon with its text, so that nobody has to tell green from red."""

from datetime import date

from django.utils.html import format_html
from django.utils.safestring import SafeString

GOOD = ("check_circle", "text-green-700 dark:text-green-400")
BAD = ("error", "text-red-700 dark:text-red-400")


def standing_mark(text: object, *, good: bool) -> SafeString:
    """The text behind its icon."""
    icon, colour = GOOD if good else BAD
    return format_html(
        '<span class="inline-flex items-center gap-1 whitespace-nowrap {}">'
        '<span class="material-symbols-outlined" aria-hidden="true">{}</span>{}</span>',
        colour,
        icon,
        text,
    )


def mark(day: date | None, having: str, lacking: str, *, good: bool | None = None) -> SafeString:
    """The day in a sentence (`%s`), or what is lacking; good where there is a day, unless it is said."""
    text = having % day_text(day) if day else lacking
    return standing_mark(text, good=day is not None if good is None else good)


def two_lines(first: object, second: object) -> SafeString:
    """One above the other, also on a phone, where each cell is a line."""
    return format_html('<span class="two-lines"><span>{}</span><span>{}</span></span>', first, second)


def since(day: date | None, lacking: str) -> SafeString:
    """The day since which it is so; what is lacking where it is not so, or not yet."""
    return standing_mark(day_text(day) if day else lacking, good=day is not None)


def day_text(day: date | None) -> str:
    """A day as it stands in a list."""
    return day.isoformat() if day else "–"
