"""Fields for what tells who somebody is: what was typed goes in, and never comes back on a page."""

from typing import Any

from django import forms


class NeverShown(forms.Widget):
    """Mixed into a text input: it renders empty, whatever it holds."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, "", attrs)


class NeverShownInput(NeverShown, forms.TextInput):
    """A text input that renders empty."""
