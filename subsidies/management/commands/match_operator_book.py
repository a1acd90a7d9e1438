"""manage.py match_operator_book"""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rich.table import Table

from core.commands import ProjectCommand
from core.models import User
from core.money import yuan_and_fen
from core.shanghai import local_day
from subsidies.models import PayoutStop, Stage
from subsidies.payouts.selectors.stop import open_stop
from subsidies.payouts.services.stops import keep_book, stop_sending
from subsidies.payouts.statement import Unread, read_statement


class Command(ProjectCommand):
    about = gettext_lazy(
        "从备份恢复之后：停止发放，读回运营机构的账目，逐笔与本系统核对。核对结果须由两名财务人员在管理页面确认，之后才恢复发放。"
    )
    example = "manage.py match_operator_book --by wang"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", required=True, metavar="USER", help=_("操作人的用户名"))

    def handle(self, *args: Any, **options: Any) -> None:
        by = User.objects.filter(username=options["by"]).first()
        if by is None:
            raise CommandError(_("没有这个用户：%s") % options["by"])
        now = timezone.now()
        stop = open_stop() or stop_sending(
            why=PayoutStop.Why.BY_HAND, detail="match_operator_book", by=by, now=now
        )
        first = Stage.objects.aggregate(first=Min("starts_on"))["first"] or local_day(now)
        try:
            lines = read_statement(first=min(first, local_day(now)), last=local_day(now))
        except Unread as error:
            raise CommandError(_("运营机构的账目没有读完：%s。发放仍是停止的。") % error) from error
        found = keep_book(stop=stop, lines=lines, by=by, now=now).found
        table = Table("", _("笔数"), _("金额(元)"))
        table.add_row(_("运营机构已付"), str(found["paid"]), yuan_and_fen(found["paid_fen"]))
        table.add_row(_("两边一致"), str(found["matched"]), "")
        table.add_row(
            _("对方已付、本系统没有记下"), str(found["unbooked"]), yuan_and_fen(found["unbooked_fen"])
        )
        table.add_row(_("对方已付、本系统没有对应的申请"), str(found["unexplained"]), "")
        table.add_row(_("金额不同或付了不止一次"), str(found["differing"]), "")
        table.add_row(_("本系统记为已付、对方没有"), str(found["missing"]), "")
        self.console.print(table)
        self.console.print(_("请两名财务人员先后在管理首页的“发放已停止”中确认。"))
