"""Telling somebody of the staff what waits for them, by the channel that is configured (`STAFF_NOTICE_CHANNEL`).

A channel is a callable that takes a person and a text without personal data. Two are shipped; SMS and
the office's messenger are adapters of the same shape, named by their dotted path.
"""

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.mail import send_mail
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from core.models import User

logger = logging.getLogger(__name__)

Channel = Callable[[User, str], None]


def to_console(person: User, text: str) -> None:
    """Write the notice to the log: for trying things out."""
    logger.warning("notice to %s: %s", person.username, text)


def to_email(person: User, text: str) -> None:
    """Send the notice to this person, who has an address or is told on the home page alone."""
    if person.email:
        send_mail(_("补贴办理待办提醒"), text, settings.DEFAULT_FROM_EMAIL, [person.email])


def staff_channel() -> Channel:
    """The configured one."""
    configured: Channel = import_string(settings.STAFF_NOTICE_CHANNEL)
    return configured
