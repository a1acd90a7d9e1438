"""manage.py compare_locks"""

from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.commands import ProjectCommand
from subsidies.cells.selectors.compare import RegisterAway, compare_with_register
from subsidies.cells.selectors.locks import is_cell

SHOWN = 20


class Command(ProjectCommand):
    about = gettext_lazy("把省级锁定登记处为本市锁定的车辆与本系统的记录逐份比较；只读，不改动任何一边。")
    example = "manage.py compare_locks"

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_cell():
            raise CommandError(_("没有设置 REGISTER_URL：这套系统没有登记处"))
        try:
            found = compare_with_register()
        except RegisterAway:
            raise CommandError(_("登记处没有答复，请稍后再试")) from None
        self.console.print(_("登记处为本市锁定 %s 份") % found.held)
        for title, records in (
            (_("登记处有，本系统没有在办的申请"), found.unknown_here),
            (_("本系统以为已锁定，登记处没有"), found.not_held),
            (_("一边已锁定，一边只是预留"), found.otherwise),
        ):
            if records:
                more = _("等") if len(records) > SHOWN else ""
                self.console.print(f"{title}: {len(records)} ({_('、').join(records[:SHOWN])}{more})")
        if not found.agrees():
            raise CommandError(_("两边不一致"))
        self.console.print(_("两边一致"))
