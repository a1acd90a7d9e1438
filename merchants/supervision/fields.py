"""Fields of forms about visits, letters, cases and spot checks, in the admin's look."""

from decimal import Decimal
from typing import Any

from django import forms
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from core.money import to_fen
from core.privacy.notes import names_nobody

MOST_YUAN = Decimal(100_000_000)
Word = Any  # a text, or one that is translated when it is shown


class DayInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__({"class": " ".join(INPUT_CLASSES)}, format="%Y-%m-%d")


class YuanField(forms.DecimalField):
    """An amount in yuan, nothing among it; its value is fen, or None."""

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminDecimalFieldWidget({"inputmode": "decimal", "step": "0.01"})
        super().__init__(min_value=Decimal(0), max_value=MOST_YUAN, decimal_places=2, widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        return None if amount is None else to_fen(amount)


def line(label: Word, most: int, help_text: Word = "", **more: Any) -> forms.CharField:
    """A line of text."""
    return forms.CharField(
        label=label, max_length=most, help_text=help_text, widget=UnfoldAdminTextInputWidget(), **more
    )


def lines(label: Word, most: int, help_text: Word = "") -> forms.CharField:
    """Several lines of text, which name nobody by a number."""
    widget = UnfoldAdminTextareaWidget({"rows": 4})
    return forms.CharField(
        label=label, max_length=most, help_text=help_text, widget=widget, validators=[names_nobody]
    )
