"""manage.py pack"""

import json
import resource
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.local.background import LocalProcesses, ProcessFailed
from config.local.progress import Steps
from config.local.scratch import scratch_database
from config.packs import results
from config.packs.load import NotADistrict, load_registers, load_scheme, load_trade_ins
from config.packs.logins import make_staff, scheme_makers
from config.packs.run import check_all, operator_book, pay_all
from core.commands import ProjectCommand
from subsidies.allocation.services.allocate import allocate
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Scheme


class Command(ProjectCommand):
    about = gettext_lazy(
        "在临时数据库中完整运行一个区数据包：导入、核验、分配，写出 import.csv、decisions.csv 和 summary.json。"
    )
    example = "manage.py pack ../gongshu ./out --faults 0.3"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pack", type=Path, metavar="PACK", help=_("数据包文件夹"))
        parser.add_argument("out", type=Path, metavar="OUT", help=_("结果文件夹"))
        parser.add_argument(
            "--faults", type=float, default=0.0, metavar="SHARE", help=_("让外部系统按此比例出错(0 到 1)")
        )
        parser.add_argument("--pay", action="store_true", help=_("分配后把补贴发放完"))
        parser.add_argument("--workers", type=int, default=2, metavar="N", help=_("核验进程数"))

    def handle(self, *args: Any, **options: Any) -> None:
        pack, out = options["pack"], options["out"]
        if not pack.is_dir():
            raise CommandError(_("没有这个文件夹：%s") % pack)
        if not 0 <= options["faults"] < 1:
            raise CommandError(_("--faults 应在 0 与 1 之间"))
        out.mkdir(parents=True, exist_ok=True)
        try:
            with scratch_database() as env, LocalProcesses(env) as processes:
                summary = self._run(pack, out, processes, options)
        except (NotADistrict, ProcessFailed) as error:
            raise CommandError(str(error)) from error
        summary["peak_memory_mb"] = _peak_memory_mb()  # now that the processes beside this one have ended
        (out / "summary.json").write_text(json.dumps(summary, ensure_ascii=False, indent=2), encoding="utf-8")
        self.console.print(_("结果已写入 %s") % out)

    def _run(
        self, pack: Path, out: Path, processes: LocalProcesses, options: dict[str, Any]
    ) -> dict[str, Any]:
        steps = Steps(self.console)
        scheme = load_scheme(
            pack, people=scheme_makers()
        )  # first of all: a folder that is no pack is told so at once
        processes.start_outside(pack, faults=options["faults"])
        processes.start_workers(options["workers"])
        load_registers(pack, by=None, steps=steps)
        batches = load_trade_ins(pack, by=None, steps=steps)
        with steps.step("check", _("向两个系统核验")) as update:
            check_all(processes, update=update)
        with steps.step("allocate", _("分配")):
            allocate(scheme=scheme, now=timezone.now())
        if options["pay"]:
            with steps.step("pay", _("发放")) as update:
                pay_all(processes, scheme, stage_no=None, people=make_staff(), update=update)
        with steps.step("write", _("写出结果")):
            verdicts = results.write_import(batches, out / "import.csv")
            results.write_decisions(scheme, out / "decisions.csv")
        return self._summary(scheme, verdicts, steps, operator_book(processes))

    def _summary(
        self, scheme: Scheme, verdicts: dict[str, int], steps: Steps, book: dict[str, Any]
    ) -> dict[str, Any]:
        scheme.refresh_from_db()
        return {
            "scheme": scheme.code,
            "rows": verdicts,
            "decisions": results.decisions(scheme),
            "refusals": results.refusals(scheme),
            "stages": results.by_stage(scheme),
            "money_fen": {
                "funded": scheme.funded_fen,
                "reserved": scheme.reserved_fen,
                "paid": scheme.paid_fen,
                "available": scheme.available_fen,
            },
            "ledger_faults": len(verify_ledger(scheme=scheme)),
            "operator_book": book,
            "seconds": {key: round(value, 3) for key, value in steps.seconds.items()},
        }


def _peak_memory_mb() -> dict[str, int]:
    """The largest resident size of this process, and of the largest of its children that have ended."""
    who = {"command": resource.RUSAGE_SELF, "largest_child": resource.RUSAGE_CHILDREN}
    return {name: resource.getrusage(kind).ru_maxrss // 1024 for name, kind in who.items()}
