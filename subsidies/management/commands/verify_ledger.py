"""manage.py verify_ledger"""

import sys
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.commands import ProjectCommand
from subsidies.closing.selectors.proof import PeriodFault, verify_periods
from subsidies.ledger.selectors.proof import LedgerFault, verify_ledger
from subsidies.models import Period, Scheme


class Command(ProjectCommand):
    about = gettext_lazy(
        "重算每个方案的账链、合计和逐笔资金，并把已关账的月份与账目、凭证重新核对，指出不符之处。"
        "全部相符时退出码为 0，否则为 1。"
    )
    example = "manage.py verify_ledger --scheme gongshu-2022"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scheme", metavar="CODE", help=_("只核对这个方案(默认全部)"))

    def handle(self, *args: Any, **options: Any) -> None:
        schemes = Scheme.objects.order_by("pk")
        if options["scheme"]:
            schemes = schemes.filter(code=options["scheme"])
        if not schemes:
            self.stderr.write(_("没有这个方案"))
            sys.exit(1)
        faults: list[LedgerFault | PeriodFault] = []
        for scheme in schemes:
            faults += [*verify_ledger(scheme=scheme), *verify_periods(scheme=scheme)]
        for fault in faults:
            self.stdout.write(_("%(code)s：%(fault)s") % {"code": fault.scheme, "fault": fault})
        if faults:
            sys.exit(1)
        for scheme in schemes:
            self.stdout.write(
                _("%(code)s：%(rows)s 行账目相符，末值 %(head)s")
                % {"code": scheme.code, "rows": scheme.ledger_seq, "head": bytes(scheme.ledger_head).hex()}
            )
            if closed := Period.objects.live().filter(scheme=scheme).count():
                self.stdout.write(
                    _("%(code)s：%(n)s 个月已关账，均相符") % {"code": scheme.code, "n": closed}
                )
