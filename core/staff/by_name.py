"""Records that a record names, for whoever may not open them: by name, without the link that the admin would set."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.contrib import admin
from django.db.models import Model


@cache
def shown_by_name(model: type[Model], name: str) -> Callable[[Any], str]:
    """How a foreign key is shown, for a list of fields; "–" where it names nothing."""

    @admin.display(description=model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    def shown(row: Any) -> str:
        named = getattr(row, name)
        return "–" if named is None else str(named)

    return shown
