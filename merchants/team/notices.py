"""Telling merchants what is new, by the channel that is configured (`NOTICE_CHANNEL`).

A channel is a callable that takes a merchant and a text without personal data. Two are shipped; SMS and WeChat are
adapters of the same shape, named by their dotted path.
"""

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.mail import send_mail
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from core.models import User
from merchants.models import Merchant

logger = logging.getLogger(__name__)

Channel = Callable[[Merchant, str], None]


def to_console(merchant: Merchant, text: str) -> None:
    """Write the notice to the log: for trying things out."""
    logger.warning("notice to %s: %s", merchant.uscc, text)


def to_email(merchant: Merchant, text: str) -> None:
    """Send the notice to everybody of the merchant who has an address."""
    people = User.objects.filter(membership__merchant=merchant, is_active=True).exclude(email="")
    if addresses := list(people.values_list("email", flat=True)):
        send_mail(_("补贴申请进展"), text, settings.DEFAULT_FROM_EMAIL, addresses)


def channel() -> Channel:
    """The configured one."""
    configured: Channel = import_string(settings.NOTICE_CHANNEL)
    return configured
