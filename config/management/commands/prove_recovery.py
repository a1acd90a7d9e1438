"""manage.py prove_recovery"""

import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rich.table import Table

from config.local.background import ProcessFailed
from config.local.progress import Steps
from config.proofs.disaster import Disaster, restored, restored_without_memory
from config.proofs.recovery import Outcome, Stuck, in_peace, under_fire, write_course
from core.commands import ProjectCommand
from core.money import yuan_and_fen

FALLEN = {
    "hand": gettext_lazy("经办进程(导入、分配、制单)"),
    "pool": gettext_lazy("核验和发放的子进程"),
    "worker": gettext_lazy("Celery 主进程"),
    "beat": gettext_lazy("定时进程"),
    "stub": gettext_lazy("外部系统"),
    "postgres": gettext_lazy("PostgreSQL(立即停止)"),
    "redis": gettext_lazy("Valkey(清空)"),
}


class Command(ProjectCommand):
    about = gettext_lazy(
        "证明任何时候断电都不会算错账：把一个合成区处理两遍，一遍不受打扰，一遍不断杀死进程、重启数据库、清空 Valkey，"
        "再逐条比较。使用自己的临时服务器，不碰任何现有数据。"
    )
    example = "manage.py prove_recovery --kills 50"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--kills", type=int, default=50, metavar="N", help=_("破坏次数"))
        parser.add_argument("--trade-ins", type=int, default=2000, metavar="N", help=_("淘汰置换记录数"))
        parser.add_argument("--seed", type=int, default=2022, metavar="N", help=_("随机数种子"))

    def handle(self, *args: Any, **options: Any) -> None:
        kills, count = options["kills"], options["trade_ins"]
        if kills < 1 or count < 100:
            raise CommandError(_("--kills 至少为 1，--trade-ins 至少为 100"))
        steps = Steps(self.console)
        with tempfile.TemporaryDirectory(prefix="ebike-recovery-") as folder:
            pack = Path(folder)
            write_course(pack, trade_ins=count, seed=options["seed"])
            try:
                with steps.step("peace", _("不受打扰")):
                    peace = in_peace(pack)
                with steps.step("fire", _("不断破坏")) as update:
                    fire, fallen = under_fire(pack, kills=kills, seed=options["seed"], update=update)
                with steps.step("disaster", _("付款后恢复旧备份，再继续")):
                    disaster = restored(pack)
                with steps.step("control", _("对照：随机编号，不留锚点")):
                    control = restored_without_memory(pack)
            except (Stuck, ProcessFailed) as error:
                raise CommandError(_("证明失败，处理没有结束：\n%s") % error) from error
        self._show(peace, fire, fallen)
        if not fire.sound() or not fire.same_as(peace):
            raise CommandError(_("证明失败：\n%s") % "\n".join(_difference(peace, fire)))
        self._show_disaster(disaster, control)
        if not disaster.sound():
            raise CommandError(_("证明失败：恢复旧备份之后，账目与运营机构的不一致。"))
        if not control.paid_twice():
            raise CommandError(_("对照没有重复付款，这个证明说明不了什么。"))
        self.console.print(_("证明成立：破坏 %s 次，账目平衡，结果与不受打扰时完全相同。") % kills)

    def _show_disaster(self, disaster: Disaster, control: Disaster) -> None:
        table = Table("", _("恢复旧备份"), _("对照"))
        for title, figure in (
            (_("已发放(笔)"), lambda d: d.paid),
            (_("运营机构付出(笔)"), lambda d: d.book["payments"]),
            (_("运营机构付出(元)"), lambda d: yuan_and_fen(d.book["paid_fen"])),
            (_("恢复后先停止"), lambda d: _("是") if d.stopped else _("否")),
            (_("读回后得到解释(笔)"), lambda d: d.found.get("unbooked", 0)),
            (_("账目异常"), lambda d: len(d.faults)),
        ):
            table.add_row(title, str(figure(disaster)), str(figure(control)))
        self.console.print(table)

    def _show(self, peace: Outcome, fire: Outcome, fallen: dict[str, int]) -> None:
        strikes = Table(_("破坏了什么"), _("次数"))
        for what, name in FALLEN.items():
            strikes.add_row(str(name), str(fallen.get(what, 0)))
        self.console.print(strikes)
        table = Table("", _("不受打扰"), _("不断破坏"))
        for title, figure in (
            (_("记录数"), lambda o: sum(o.rows.values())),
            (_("接受"), lambda o: o.rows.get("accepted", 0)),
            (_("没有答复"), lambda o: o.unanswered),
            (_("候补"), lambda o: o.waiting),
            (_("已发放(笔)"), lambda o: o.paid),
            (_("已发放(元)"), lambda o: yuan_and_fen(o.paid_fen)),
            (_("运营机构付出(笔)"), lambda o: o.book["payments"]),
            (_("运营机构付出(元)"), lambda o: yuan_and_fen(o.book["paid_fen"])),
            (_("重复支付"), lambda o: len(o.book["duplicates"])),
            (_("账目异常"), lambda o: len(o.faults)),
        ):
            table.add_row(title, str(figure(peace)), str(figure(fire)))
        self.console.print(table)


def _difference(peace: Outcome, fire: Outcome) -> list[str]:
    """What is wrong, at most a few lines of each kind."""
    lines = set(fire.decisions.splitlines()) ^ set(peace.decisions.splitlines())
    states = fire.states.items() ^ peace.states.items()
    return [*fire.faults[:5], *sorted(lines)[:10], *map(str, sorted(states)[:10])]
