"""Small helps of the portal's templates."""

from collections.abc import Mapping
from typing import Any

from django import template

from core.privacy.masks import mask_field

register = template.Library()


@register.filter
def of_kind(found: Mapping[str, Any], key: str) -> Any:
    """The entry under a key that a template holds in a variable."""
    return found.get(key)


@register.filter
def shown(value: str, key: str) -> str:
    """A field's text as a screen may show it: numbers that belong to a person are masked."""
    return mask_field(key, value)
