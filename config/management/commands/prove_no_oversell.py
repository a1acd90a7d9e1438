"""manage.py prove_no_oversell"""

import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rich.table import Table

from config.local.progress import Steps
from config.proofs.race import Finish, race, write_course
from core.commands import ProjectCommand
from core.money import yuan_and_fen


class Command(ProjectCommand):
    about = gettext_lazy(
        "证明补贴不会超发：在本系统的数据库服务器上建一个临时方案，让多个进程从各个入口同时争抢最后一点资金；"
        "再跑一遍对照：先查余额后加锁，并去掉数据库约束，对照应当超发。结束后不留下任何数据。"
    )
    example = "manage.py prove_no_oversell --workers 8"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workers", type=int, default=8, metavar="N", help=_("同时争抢的进程数"))
        parser.add_argument(
            "--rounds", type=int, default=25, metavar="N", help=_("每轮放入一份资金，所有进程同时开始")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        workers, rounds = options["workers"], options["rounds"]
        if workers < 2 or rounds < 1:
            raise CommandError(_("--workers 至少为 2，--rounds 至少为 1"))
        steps = Steps(self.console)
        with tempfile.TemporaryDirectory(prefix="ebike-race-") as folder:
            course = Path(folder)
            write_course(course, rows=workers * rounds)
            proof = race(course, workers=workers, rounds=rounds, locked=True, steps=steps, title=_("争抢"))
            control = race(
                course,
                workers=workers,
                rounds=rounds,
                locked=False,
                steps=steps,
                title=_("对照：先查余额后加锁，去掉约束"),
            )
        self._show(proof, control)
        if proof.oversold_fen or proof.faults:
            raise CommandError(
                _("证明失败：超发 %(fen)s 分，异常 %(faults)s 处")
                % {"fen": proof.oversold_fen, "faults": proof.faults}
            )
        if not control.oversold_fen:
            raise CommandError(_("对照没有超发，这次争抢不能说明问题：请增加 --workers 或 --rounds"))
        self.console.print(_("证明成立：%s 个进程争抢，超发 0；对照超发。") % workers)

    def _show(self, proof: Finish, control: Finish) -> None:
        table = Table("", _("争抢"), _("对照"))
        lines = (
            (_("逐笔填报"), lambda f: f.by_door["form"]),
            (_("文件导入"), lambda f: f.by_door["file"]),
            (_("获得补贴"), lambda f: f.granted),
            (_("候补"), lambda f: f.waiting),
            (_("不予补贴"), lambda f: f.refused),
            (_("资金(元)"), lambda f: yuan_and_fen(f.budget_fen)),
            (_("已锁定(元)"), lambda f: yuan_and_fen(f.granted_fen)),
            (_("最多超发(元)"), lambda f: yuan_and_fen(f.oversold_fen)),
        )
        for title, figure in lines:
            table.add_row(title, str(figure(proof)), str(figure(control)))
        self.console.print(table)
