"""What an installation must have so that a rewritten chain is found out, told by `manage.py check --deploy`."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004 - it is called so
from django.utils.translation import gettext as _


@register(Tags.security, deploy=True)
def heads_are_signed(app_configs: Sequence[Any] | None, **_else: Any) -> list[CheckMessage]:
    """Without signed heads outside the database its owner could rewrite the ledger and the audit trail unseen."""
    if settings.HEADS_FOLDER:
        return []
    return [Warning(_("没有设置 HEADS_FOLDER：账链和审计链的末值没有签名存证。"), id="subsidies.W002")]
