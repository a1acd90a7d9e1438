"""manage.py rotate_keys"""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.commands import ProjectCommand
from core.keys.ring import key_ring
from core.models import KnownKey
from core.privacy.rotation import Moved, files_waiting, rotate_column, rotate_files, sealed_columns, waiting
from core.privacy.sealed_files import SEALED_FOLDERS
from ebikes.importing.remembered import kept_in_step, rotate_remembered

SHOWN = 20


class Command(ProjectCommand):
    about = gettext_lazy(
        "用 FIELD_KEYS 的第一把密钥重新加密所有加密内容：各表、照片、导出文件。可随时中断、重复运行，可在系统运行时进行。"
    )
    example = "manage.py rotate_keys"

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable: list[str] = []
        for name, steps in self._work():
            done = 0
            for moved in steps:
                done += moved.done
                unreadable += moved.unreadable
                if moved.done > 1 and self.stdout.isatty():
                    self.console.print(_("%(name)s：%(done)s …") % {"name": name, "done": done}, end="\r")
            self.stdout.write(_("%(field)s：重新加密 %(count)s 项") % {"field": name, "count": done})
        if unreadable:
            shown = "\n".join(unreadable[:SHOWN])
            raise CommandError(
                _("%(count)s 项无法解密，保持原样：\n%(shown)s") % {"count": len(unreadable), "shown": shown}
            )
        self._retire()

    def _work(self) -> Iterator[tuple[str, Iterator[Moved]]]:
        for column in sealed_columns():
            yield (
                f"{column.model._meta.label_lower}.{column.name}",
                rotate_column(column, around=kept_in_step),
            )
        yield "ebikes.writtenrow.before", rotate_remembered()
        for name, folder in SEALED_FOLDERS.items():
            yield name, rotate_files(folder)

    def _retire(self) -> None:
        """Say which keys may go; a file that came in meanwhile, sealed by another process, keeps them."""
        left = sum(map(waiting, sealed_columns())) + sum(map(files_waiting, SEALED_FOLDERS.values()))
        if left:
            raise CommandError(
                _("又有 %(count)s 项由旧密钥加密：请用新的 FIELD_KEYS 重启各进程，再运行一次")
                % {"count": left}
            )
        others = KnownKey.objects.filter(ring=KnownKey.Ring.FIELD).exclude(number=key_ring().current)
        with transaction.atomic():
            others.filter(retired_at__isnull=True).update(retired_at=timezone.now())
        sentence = _("%(number)s 号密钥不再需要：所有进程都换用新密钥后可从 FIELD_KEYS 中去掉")
        for number in others.order_by("number").values_list("number", flat=True):
            self.stdout.write(sentence % {"number": number})
