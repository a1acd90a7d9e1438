"""What a cell, and a register, must have before they go to work, told by `manage.py check --deploy`."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - it is called so
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from core.signing.sm2 import OF_A_PROVINCE, signing_key
from subsidies.locks.known import known_cells


@register(Tags.security, deploy=True)
def the_province_is_reached(app_configs: Sequence[Any] | None, **_else: Any) -> list[CheckMessage]:
    """A cell knows its register and is known there; a register knows its cells and remembers how far it came."""
    found: list[CheckMessage] = []
    if settings.REGISTER_URL or settings.PROVINCE_CELLS:
        found += [Error(text, id="subsidies.E003") for text in (*_of_a_cell(), *_of_a_register())]
    if settings.PROVINCE_CELLS and not settings.LOCK_ANCHOR_FILE:
        found.append(
            Warning(
                _("没有设置 LOCK_ANCHOR_FILE：锁定登记处恢复旧备份后，可能把已发放的车辆再次放给别的市。"),
                id="subsidies.W003",
            )
        )
    return found


def _of_a_cell() -> Iterator[str]:
    try:
        signing_key(OF_A_PROVINCE)
    except ImproperlyConfigured as error:
        yield str(error)
    if not settings.REGISTER_URL:
        return
    if not settings.REGISTER_URL.startswith("https://"):
        yield _("REGISTER_URL 必须以 https 开头")
    for name in ("CELL_CODE", "REGISTER_PUBLIC_KEY"):
        if not getattr(settings, name):
            yield _("设置了 REGISTER_URL，还须填写 %s") % name


def _of_a_register() -> Iterator[str]:
    try:
        known_cells()
    except ImproperlyConfigured as error:
        yield str(error)
    if settings.REGISTER_URL and settings.PROVINCE_CELLS:
        yield _("同一套系统不能既是省级登记处(PROVINCE_CELLS)，又是某市的单元(REGISTER_URL)")
