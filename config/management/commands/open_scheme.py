"""manage.py open_scheme"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.packs.load import NotADistrict, load_scheme
from core.commands import ProjectCommand
from core.models import User
from core.money import yuan
from subsidies.models import Scheme


class Command(ProjectCommand):
    about = gettext_lazy(
        "按方案文件设立补贴方案：阶段和政策第 1 版；首笔资金作为方案变更提出，由另一人在后台批准后拨入。"
    )
    example = "manage.py open_scheme scheme.json --by officer"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help=_("方案文件(JSON)"))
        parser.add_argument("--by", metavar="USER", required=True, help=_("设立人的用户名"))

    def handle(self, *args: Any, **options: Any) -> None:
        by = User.objects.filter(username=options["by"], is_active=True).first()
        if by is None:
            raise CommandError(_("没有这个用户：%s") % options["by"])
        try:
            scheme: Scheme = load_scheme(options["file"], people=(by, None))
        except NotADistrict as error:
            raise CommandError(str(error)) from error
        self.console.print(
            _("已设立“%(name)s”：%(stages)s 个阶段。资金 %(yuan)s 元待另一人在后台批准。")
            % {
                "name": scheme,
                "stages": scheme.stages.count(),
                "yuan": yuan(scheme.changes.get().budget_fen),
            }
        )
