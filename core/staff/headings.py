"""What the admin's lists are called: as the tabs and the sidebar call them, which is how people know them."""

from typing import Any

from django.conf import settings
from django.db.models import Model
from django.urls import reverse
from django.utils.text import capfirst


def address_of_list(model: type[Model]) -> str:
    """Where a model's list is."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def title_of_list(model: type[Model]) -> str:
    """The words of the tab that leads to a model's list, or of the sidebar; of a list that neither has, the plural."""
    address = address_of_list(model)
    unfold: Any = settings.UNFOLD
    groups = [*unfold["TABS"], *unfold["SIDEBAR"]["navigation"]]
    titles = (item["title"] for group in groups for item in group["items"] if str(item["link"]) == address)
    return capfirst(str(next(titles, model._meta.verbose_name_plural)))
