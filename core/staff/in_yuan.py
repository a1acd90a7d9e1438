"""Columns of fen as people read them on a record's page."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.money import without_unit, yuan


@cache
def shown_in_yuan(model: type[Model], name: str) -> Callable[[Any], str]:
    """How a column of fen is shown, for a list of fields; "–" where there is none."""

    title = format_lazy("{}{}", lazy(without_unit, str)(model._meta.get_field(name).verbose_name), _("(元)"))  # type: ignore[union-attr]

    @admin.display(description=title)
    def shown(row: Any) -> str:
        fen = getattr(row, name)
        return "–" if fen is None else yuan(fen)

    return shown
