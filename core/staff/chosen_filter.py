"""A filter of an admin's list that keeps what is chosen in sight."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class ChosenFilter(admin.SimpleListFilter):
    """Shows what is chosen though its choices do not have it, or not any more: a list that is narrowed says by what."""

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        value = self.value() or ""
        if value not in {str(each) for each, _title in self.lookup_choices} and (title := self.called(value)):
            self.lookup_choices.append((value, title))

    def called(self, value: str) -> str:
        """What a value that is not among the choices is called; empty where it narrows nothing."""
        return value
