"""The ways on which owners are told, named by `OWNER_CHANNEL`: callables that take a phone number, a text, and its number.

They raise NotTold where the message may not have arrived; it is sent again under the same number then.
"""

import asyncio
import logging
from collections.abc import Callable

from django.conf import settings
from django.utils.module_loading import import_string

from core.privacy.masks import mask_phone
from ebikes.licensing.ask import outside

logger = logging.getLogger(__name__)

Channel = Callable[[str, str, str], None]


class NotTold(RuntimeError):
    """The message may not have arrived; why."""


def to_console(phone: str, text: str, number: str) -> None:
    """Write to the log that somebody would be told: for trying things out."""
    logger.warning("notice %s to %s: %s", number, mask_phone(phone), text)


def to_sms(phone: str, text: str, number: str) -> None:
    """Send a short message; the gateway sends one number once. Raises NotTold."""
    asyncio.run(_send(phone, text, number))


async def _send(phone: str, text: str, number: str) -> None:
    async with outside("sms") as gateway:
        message = {"out_message_no": number, "phone": phone, "text": text}
        reply = await gateway.post_json("/sms/messages", message, idempotent=True)
    if reply.problem is not None:
        raise NotTold(reply.problem.value)


def owner_channel() -> Channel:
    """The configured one."""
    configured: Channel = import_string(settings.OWNER_CHANNEL)
    return configured
