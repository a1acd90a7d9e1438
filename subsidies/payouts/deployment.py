"""What an installation must have before it pays anybody, told by `manage.py check --deploy`."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004 - it is called so
from django.utils.translation import gettext as _


@register(Tags.security, deploy=True)
def the_anchor_is_kept(app_configs: Sequence[Any] | None, **_else: Any) -> list[CheckMessage]:
    """Without an anchor outside the database a restored backup is not found out."""
    if settings.ANCHOR_FILE:
        return []
    return [
        Warning(
            _("没有设置 ANCHOR_FILE：恢复旧备份后无从发现，可能再次发出已付的款项。"), id="subsidies.W001"
        )
    ]
