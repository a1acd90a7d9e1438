"""manage.py export_ledger"""

import csv
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.commands import ProjectCommand
from core.shanghai import today
from subsidies.ledger.selectors.proof import COLUMNS, ledger_rows
from subsidies.models import Scheme

NO_ROWS_YET = "0" * 64


class Command(ProjectCommand):
    about = gettext_lazy(
        "导出一个方案的全部账目(CSV，不含个人信息)，并给出应当公布的行数和末值。"
        "任何人都可以用 docs/check_ledger.py 核对导出的文件。"
    )
    example = "manage.py export_ledger --scheme gongshu-2022 ledger.csv"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("out", metavar="OUT.csv", type=Path, help=_("写到哪个文件"))
        parser.add_argument("--scheme", metavar="CODE", help=_("导出这个方案(默认当天所属的一个)"))

    def handle(self, *args: Any, **options: Any) -> None:
        code = options["scheme"]
        scheme = Scheme.objects.filter(code=code).first() if code else Scheme.objects.on(today())
        if scheme is None:
            raise CommandError(_("没有这个方案"))
        try:
            count, head = _write(scheme, options["out"])
        except OSError as error:
            raise CommandError(_("写不了文件 %s") % options["out"]) from error
        self.stdout.write(
            _("%(code)s：已导出 %(rows)s 行账目，末值 %(head)s")
            % {"code": scheme.code, "rows": count, "head": head}
        )


def _write(scheme: Scheme, path: Path) -> tuple[int, str]:
    """Write the file; return how many rows it has, and the last one's hash."""
    count, head = 0, NO_ROWS_YET
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in ledger_rows(scheme=scheme):
            writer.writerow(row)
            count, head = count + 1, row[-1]
    return count, head
