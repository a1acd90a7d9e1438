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


def since(day: date | None, lacking: str) -> SafeString:
    """The day since which it is so; what is lacking where it is not so, or not yet."""
    return standing_mark(day_text(day) if day else lacking, good=day is not None)


def day_text(day: date | None) -> str:
    """A day as it stands in a list."""
    return day.isoformat() if day else "–"
