"""One thing that waits, as the home page tells it."""

from dataclasses import dataclass

from django.utils.functional import Promise

from subsidies.overview.pages.figure_links import Figure


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits, and a remark. `waits`: for this person, who has the right to do it."""

    title: str | Promise
    figure: Figure
    waits: bool
    remark: str = ""
