"""manage.py verify_ledger"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.audit.seals import SealFault, verify_audit
from core.commands import ProjectCommand
from core.models import AuditSeal
from core.signing import public_key
from subsidies.closing.selectors.proof import PeriodFault, verify_periods
from subsidies.heads.selectors.books import BookFault, verify_books
from subsidies.heads.selectors.compare import HeadFault, changed_tables, compare
from subsidies.heads.selectors.decisions import DecisionFault, verify_decisions
from subsidies.heads.selectors.published import published
from subsidies.ledger.selectors.proof import LedgerFault, verify_ledger
from subsidies.models import Period, Scheme


def _compare(files: list[Path] | None, keys: list[str]) -> list[HeadFault]:
    """Against the files that somebody kept, or against all that were ever written here."""
    known = {public_key("heads"), *keys}
    return compare(published(), keys=known, in_a_row=True) if files is None else compare(files, keys=known)


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
        self._end_where_found(changed_tables())  # the tables may then say what somebody wants to be seen
        faults: list[LedgerFault | PeriodFault] = []
        for scheme in schemes:
            faults += [*verify_ledger(scheme=scheme), *verify_periods(scheme=scheme)]
        chains: list[SealFault | HeadFault | BookFault | DecisionFault] = [
            *verify_audit(),
            *_compare(options["head"], options["key"]),
            *verify_books(),
            *verify_decisions(),
        ]
        told = [_("%(code)s：%(fault)s") % {"code": fault.scheme, "fault": fault} for fault in faults]
        self._end_where_found([*told, *chains])
        self._say_what_fits(schemes, heads=len(options["head"] or published()))

    def _end_where_found(self, faults: Iterable[object]) -> None:
        for line in (lines := list(map(str, faults))):
            self.stdout.write(line)
        if lines:
            sys.exit(1)

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
