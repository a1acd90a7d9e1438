"""manage.py prove_cells"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rich.table import Table

from config.local.background import ProcessFailed
from config.local.progress import Steps
from config.proofs.fates import Finish
from config.proofs.province import CODES, Course, Unfinished, run_province
from core.commands import ProjectCommand

FALLEN = {
    "worker": gettext_lazy("各市的核验和发放进程"),
    "office": gettext_lazy("各市的经办进程(导入、批准、制单、放行)"),
    "register": gettext_lazy("省级锁定登记处"),
    "restored": gettext_lazy("登记处恢复旧备份"),
}


class Command(ProjectCommand):
    about = gettext_lazy(
        "证明一辆车在全省只补贴一次：几个市各有自己的数据库和进程，同时争抢同一批旧车；不断杀死进程和登记处，丢掉登记处的答复，"
        "把登记处恢复到旧备份，再数各市的账。再跑一遍没有登记处的对照，对照应当重复补贴。结束后不留下任何数据。"
    )
    example = "manage.py prove_cells --kills 60 --records 2000"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--records", type=int, default=2000, metavar="N", help=_("淘汰置换记录数"))
        parser.add_argument("--kills", type=int, default=60, metavar="N", help=_("破坏次数"))
        parser.add_argument("--cities", type=int, default=len(CODES), metavar="N", help=_("市的个数，2 至 4"))
        parser.add_argument("--seed", type=int, default=2022, metavar="N", help=_("随机数种子"))

    def handle(self, *args: Any, **options: Any) -> None:
        course = Course(*(options[name] for name in ("records", "kills", "seed", "cities")))
        if course.records < 20 or course.kills < 5 or not 2 <= course.cities <= len(CODES):
            raise CommandError(_("--records 至少为 20，--kills 至少为 5，--cities 为 2 至 4"))
        calm = Course(course.records, 0, course.seed, course.cities)
        steps = Steps(self.console)
        try:
            with steps.step("province", _("有登记处，不断破坏")) as update:
                proof = _run(course, register=True, update=update)
            with steps.step("control", _("对照：没有登记处")) as update:
                control = _run(calm, register=False, update=update)
        except (Unfinished, ProcessFailed) as error:
            raise CommandError(_("证明失败，处理没有结束：\n%s") % error) from error
        self._show(proof, control)
        if not proof.sound():
            told = {"doubles": proof.doubles, "left": proof.left_out, "faults": "；".join(proof.faults)}
            raise CommandError(_("证明失败：重复 %(doubles)s，漏发 %(left)s。%(faults)s") % told)
        if not control.doubles:
            raise CommandError(_("对照没有重复补贴，这次不能说明问题：请增加 --records"))
        told = {"kills": sum(proof.fallen.values()), "doubles": control.doubles}
        self.console.print(_("证明成立：破坏 %(kills)s 次，重复补贴 0；对照重复 %(doubles)s。") % told)

    def _show(self, proof: Finish, control: Finish) -> None:
        table = Table("", _("有登记处"), _("对照"))
        lines: tuple[tuple[str, Callable[[Finish], int]], ...] = (
            (_("申请"), lambda f: f.claims),
            (_("同一辆车在两个市"), lambda f: f.in_two),
            (_("已发放"), lambda f: f.paid),
            (_("因其他地区已有申请不予补贴"), lambda f: f.elsewhere),
            (_("重复补贴"), lambda f: f.doubles),
            (_("应得未得"), lambda f: f.left_out),
            (_("运营机构付款笔数"), lambda f: f.payments),
        )
        for title, figure in lines:
            table.add_row(title, str(figure(proof)), str(figure(control)))
        for what, name in FALLEN.items():
            table.add_row(str(name), str(proof.fallen.get(what, 0)), "")
        self.console.print(table)


def _run(course: Course, *, register: bool, update: Any) -> Finish:
    with tempfile.TemporaryDirectory(prefix="ebike-province-") as folder:
        return run_province(Path(folder), course=course, register=register, update=update)
