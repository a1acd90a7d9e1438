"""Small helps of the portal's templates."""

from collections.abc import Mapping
from typing import Any

from django import template

from core.privacy.masks import mask_id, mask_phone, mask_wallet

register = template.Library()

_MASKS = {"id_no": mask_id, "phone": mask_phone, "wallet_no": mask_wallet}


@register.filter
def of_kind(found: Mapping[str, Any], key: str) -> Any:
    """The entry under a key that a template holds in a variable."""
    return found.get(key)


@register.filter
def shown(value: str, key: str) -> str:
    """A field's text as a screen may show it: numbers that belong to a person are masked."""
    mask = _MASKS.get(key)
    return mask(value) if mask and value else value
