"""`make bench`: what is measured, and the table of it."""

import json
import os
import platform
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rich.table import Table

from core.commands import ProjectCommand
from tests.bench.allocation import allocation
from tests.bench.checks import checks
from tests.bench.imports import imports, memory
from tests.bench.laboratory import laboratory
from tests.bench.measure import RUNS, Comparison
from tests.bench.queue import long_queues
from tests.bench.rush import rush
from tests.bench.staff import staff
from tests.bench.whole import whole_run

PARTS: dict[str, Callable[[int], Iterator[Comparison]]] = {
    "allocation": allocation,
    "queue": long_queues,
    "rush": rush,
    "laboratory": laboratory,
    "staff": staff,
    "import": imports,
    "checks": checks,
    "memory": lambda runs: memory(),
    "whole": whole_run,
}


class Command(ProjectCommand):
    about = gettext_lazy(
        "测量速度：每个数字都是同一次运行中与极限或同类产品之比，取中位数；结果写入 bench.json 和 bench.md。"
        "全部约需一小时，机器上最好没有别的工作。"
    )
    example = "python -m tests.bench --only allocation,queue"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--only", default=",".join(PARTS), metavar="PART,…", help=_("只测这些：%s") % ", ".join(PARTS)
        )
        parser.add_argument("--runs", type=int, default=RUNS, metavar="N", help=_("每项重复次数"))
        parser.add_argument("--out", type=Path, default=settings.VAR_DIR, metavar="OUT", help=_("结果文件夹"))

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = options["only"].split(",")
        if unknown := [name for name in chosen if name not in PARTS]:
            raise CommandError(_("没有这一项：%s") % ", ".join(unknown))
        found: list[Comparison] = []
        for name in chosen:
            for row in PARTS[name](options["runs"]):
                found.append(row)
                self.console.print(f"{'✓' if row.reached else '✗'} {_line(row)}")
        options["out"].mkdir(parents=True, exist_ok=True)
        self._write(options["out"], found, options["runs"])
        self.console.print(_table(found))
        self.console.print(_("结果已写入 %s") % options["out"])

    def _write(self, folder: Path, found: list[Comparison], runs: int) -> None:
        result = {"machine": _machine(), "runs": runs, "rows": [row.as_json() for row in found]}
        (folder / "bench.json").write_text(json.dumps(result, ensure_ascii=False, indent=2), encoding="utf-8")
        head = (
            "| what | against | ours | theirs | ratio (min–max) | reach | |\n|---|---|---|---|---|---|---|\n"
        )
        (folder / "bench.md").write_text(
            head + "".join(f"| {' | '.join(_cells(r))} |\n" for r in found), encoding="utf-8"
        )


def _line(row: Comparison) -> str:
    return f"{row.key}: {row.ratio.median:.3g} ({row.ratio.min:.3g}–{row.ratio.max:.3g})"


def _cells(row: Comparison) -> list[str]:
    reach = f"{'≥' if row.at_least else '≤'} {row.target:g}"
    against = f"{row.against}; {row.note}" if row.note else row.against
    ratio = f"{row.ratio.median:.3g} ({row.ratio.min:.3g}–{row.ratio.max:.3g})"
    ours, other = (
        f"{value:,.0f}" if value >= 100 else f"{value:.3g}" for value in (row.ours.median, row.other.median)
    )
    return [
        row.what,
        against,
        f"{ours} {row.unit}",
        f"{other} {row.unit}",
        ratio,
        reach,
        "yes" if row.reached else "no",
    ]


def _table(found: list[Comparison]) -> Table:
    table = Table(_("测什么"), _("与什么比"), _("本系统"), _("对方"), _("比值"), _("目标"), _("达到"))
    for row in found:
        table.add_row(*_cells(row))
    return table


def _machine() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (postgres,) = cursor.fetchone()
    return {
        "processors": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": platform.platform(),
        "python": platform.python_version(),
        "postgresql": postgres,
    }
