"""manage.py verify_ledger"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.commands import ProjectCommand
from core.models import AuditSeal
from subsidies.heads.selectors.published import published
from subsidies.heads.selectors.whole import everything_wrong
from subsidies.models import Period, Scheme


class Command(ProjectCommand):
    about = gettext_lazy(
        "重算每个方案的账链、合计和逐笔资金，把已关账的月份与账目、凭证重新核对，重算审计链，"
        "并与签过名的链头(HEADS_FOLDER 中的全部，或指定的文件)比对，核实每项决定的印记和运营机构应答的签名，指出不符之处。"
        "全部相符时退出码为 0，否则为 1。"
    )
    example = "manage.py verify_ledger --scheme gongshu-2022"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scheme", metavar="CODE", help=_("只核对这个方案(默认全部)"))
        parser.add_argument(
            *("--head", "--heads"),
            metavar="FILE",
            type=Path,
            nargs="+",
            help=_("与这些链头文件比对(默认 HEADS_FOLDER 中的全部)"),
        )
        parser.add_argument(
            "--key",
            metavar="HEX",
            action="append",
            default=[],
            help=_("也可能签过链头的公钥(更换密钥以前的)"),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        schemes = Scheme.objects.order_by("pk")
        if options["scheme"]:
            schemes = schemes.filter(code=options["scheme"])
        if not schemes:
            self.stderr.write(_("没有这个方案"))
            sys.exit(1)
        wrong = list(everything_wrong(schemes, files=options["head"], keys=options["key"]))
        for line in wrong:
            self.stdout.write(line)
        if wrong:
            sys.exit(1)
        self._say_what_fits(schemes, heads=len(options["head"] or published()))

    def _say_what_fits(self, schemes: Iterable[Scheme], *, heads: int) -> None:
        for scheme in schemes:
            self.stdout.write(
                _("%(code)s：%(rows)s 行账目相符，末值 %(head)s")
                % {"code": scheme.code, "rows": scheme.ledger_seq, "head": bytes(scheme.ledger_head).hex()}
            )
            if closed := Period.objects.live().filter(scheme=scheme).count():
                self.stdout.write(
                    _("%(code)s：%(n)s 个月已关账，均相符") % {"code": scheme.code, "n": closed}
                )
        told = {"seals": AuditSeal.objects.count(), "heads": heads}
        self.stdout.write(_("审计链：%(seals)s 个封存相符；与 %(heads)s 个签名的链头相符") % told)
