"""manage.py explain"""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rich.table import Table

from core.commands import ProjectCommand
from subsidies.checks.selectors.explain import Explanation, explain_claim
from subsidies.models import Claim


class Command(ProjectCommand):
    about = gettext_lazy("说明一份申请的结论：各项核验及其依据、名次、阶段、经过，以及车主可以怎么办。")
    example = "manage.py explain TH202200000001"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("record_no", metavar="NO", help=_("淘汰置换单号"))

    def handle(self, *args: Any, **options: Any) -> None:
        claims = Claim.objects.filter(trade_in__record_no=options["record_no"]).select_related(
            "stage", "policy", "scheme"
        )
        if not claims:
            raise CommandError(_("没有单号为 %s 的申请。请核对单号。") % options["record_no"])
        for claim in claims.order_by("pk"):
            self._print(explain_claim(claim), options["record_no"])

    def _print(self, why: Explanation, record_no: str) -> None:
        rows = (
            (_("单号"), record_no),
            (_("结论"), why.headline),
            (_("完成时间"), why.completed),
            (_("阶段"), why.stage),
            (_("名次"), str(why.place) if why.place else _("不在队列中")),
            (_("依据"), f"{why.claim.scheme.name} {why.policy}"),
            (_("下一步"), why.next_step),
        )
        for title, text in rows:
            self.console.print(f"[bold]{title}[/bold] {text}")
        table = Table(_("可能的问题"), _("来源"), _("结果"), _("证据"))
        for line in why.checks:
            table.add_row(line.title, line.source, line.result, line.evidence)
        self.console.print(table)
        for entry in why.history:
            self.console.print(f"  {entry}")
