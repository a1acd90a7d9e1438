"""manage.py demo"""

import fcntl
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rich.table import Table

from config.demonstration.heads import forget_heads, own_heads
from config.demonstration.quarter import live_through_a_quarter
from config.demonstration.undecided import leave_work, look_for_signals
from config.demonstration.work_by_role import leave_work_by_role
from config.local.background import LocalProcesses, ProcessFailed
from config.local.progress import Steps
from config.local.scratch import demo_database
from config.packs import results
from config.packs.load import NotADistrict, load_registers, load_scheme, load_trade_ins
from config.packs.logins import in_role, invite_owner, make_logins, make_staff, scheme_makers
from config.packs.run import check_all, pay_all
from config.servers import VAR
from config.servers.holders import who_holds
from core.commands import ProjectCommand
from core.money import yuan, yuan_and_fen
from core.shanghai import today
from ebikes.synthetic import Trade, write_district, write_supervision
from subsidies.allocation.services.allocate import allocate
from subsidies.heads.services.sign import sign_heads
from subsidies.models import Scheme
from subsidies.reasons import REASONS

WALK_INS = 3
FULL_BIKES, PILOT_PAYMENTS = 20_000, 3_000


class Command(ProjectCommand):
    about = gettext_lazy(
        "生成一个与真实规模相当的合成区，导入、核验、分配并发放第一阶段，打印汇总表，然后在本机打开网站。"
        "演示数据库每次重建。"
    )
    example = "manage.py demo --port 8001"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help=_("网站端口(默认 8000)"))
        parser.add_argument("--bikes", type=int, default=20000, help=_("备案车辆数(全区为 180000)"))
        parser.add_argument("--no-serve", action="store_true", help=_("打印汇总表后结束"))

    def handle(self, *args: Any, **options: Any) -> None:
        if options["bikes"] < 5000:
            raise CommandError(_("备案车辆数至少 5000，才放得下约 3500 笔淘汰置换"))
        if not options["no_serve"]:
            _refuse_taken_port(options["port"])
        with _the_only_one(), tempfile.TemporaryDirectory(prefix="ebike-district-") as folder:
            try:
                self._run(Path(folder), options)
            except (NotADistrict, ProcessFailed) as error:
                raise CommandError(str(error)) from error
            except KeyboardInterrupt:
                self.console.print(_("已停止。"))

    def _run(self, district: Path, options: dict[str, Any]) -> None:
        steps = Steps(self.console)
        with steps.step("prepare", _("重建演示数据库")):
            env = demo_database()
            forget_heads()
        with steps.step("generate", _("生成合成区")) as update:
            walk_ins = write_district(district, bikes=options["bikes"], walk_ins=WALK_INS, progress=update)
        with LocalProcesses(env) as processes:
            processes.start_outside(district)
            scheme = self._decide_and_pay(district, processes, steps, bikes=options["bikes"])
            self._print_table(scheme)
            if not options["no_serve"]:
                processes.start_clock()
                self._serve(processes, options["port"], walk_ins)

    def _decide_and_pay(
        self, district: Path, processes: LocalProcesses, steps: Steps, *, bikes: int
    ) -> Scheme:
        staff, officer = make_staff(), in_role("officer")
        load_registers(district, by=officer, steps=steps)
        with steps.step("quarter", _("走完试点的一个季度：发放、对账、追回、关账")):
            payments = PILOT_PAYMENTS if bikes >= FULL_BIKES else PILOT_PAYMENTS // 10
            live_through_a_quarter(district, payments=payments, today=today())
        scheme = load_scheme(district, people=scheme_makers())
        with steps.step("supervise", _("登记承诺书、培训、活动、检查和抽查")):
            write_supervision()
        processes.start_workers(2)  # nobody else may be in the database while its backup is put in its place
        load_trade_ins(district, by=officer, steps=steps)
        leave_work()
        with steps.step("check", _("向浙江e行在线和云申领核验")) as update:
            check_all(processes, update=update)
        with steps.step("allocate", _("按先购先得分配")):
            allocate(scheme=scheme, now=timezone.now())
        with steps.step("signals", _("查找疑点，暂缓发放")):
            look_for_signals()
        with steps.step("pay", _("发放第一阶段(数字人民币)")) as update:
            pay_all(processes, scheme, stage_no=1, people=staff, update=update)
        with steps.step("morning", _("给每个岗位留下早晨要办的事")), processes.asked_from_here():
            leave_work_by_role(scheme, district)
        if own_heads():
            with steps.step("heads", _("签署并公布链头")):
                sign_heads(now=timezone.now())
        return Scheme.objects.get(pk=scheme.pk)

    def _print_table(self, scheme: Scheme) -> None:
        stages = results.by_stage(scheme)
        rows: list[tuple[str, list[str]]] = [
            (title, [str(stage[key]) for stage in stages])
            for title, key in (
                (_("已完成全流程"), "completed"),
                (_("不予补贴"), "refused"),
                (_("已锁定补贴"), "settled"),
                (_("候补"), "waitlisted"),
                (_("已发放"), "paid"),
                (_("发放失败"), "payout_failed"),
            )
        ]
        rows.append(
            (_("已锁定和发放(元)"), [yuan_and_fen(s["reserved_fen"] + s["paid_fen"]) for s in stages])
        )
        rows.append((_("阶段上限剩余(元)"), [_left_of_cap(stage) for stage in stages]))
        rows += [("", [""] * len(stages))]
        why = results.refusals_by_stage(scheme)
        rows += [
            (str(reason.title), [str(why.get((stage["stage"], code), "")) for stage in stages])
            for code, reason in REASONS.items()
            if any((stage["stage"], code) in why for stage in stages)
        ]
        table = Table(title=str(scheme), title_justify="left")
        table.add_column("", no_wrap=True)
        for stage in stages:
            title = _("第 %(no)s 阶段 %(yuan)s 元") % {
                "no": stage["stage"],
                "yuan": yuan(stage["amount_fen"]),
            }
            table.add_column(title, justify="right", no_wrap=True)
        for title, cells in rows:
            table.add_row(title, *cells)
        self.console.print(table)
        money = {
            "funded": scheme.funded_fen,
            "reserved": scheme.reserved_fen,
            "paid": scheme.paid_fen,
            "left": scheme.available_fen,
        }
        self.console.print(
            _("资金总额 %(funded)s 元，已锁定 %(reserved)s 元，已发放 %(paid)s 元，剩余 %(left)s 元")
            % {name: yuan_and_fen(fen) for name, fen in money.items()}
        )
        outside = results.outside_stages(scheme)
        if outside:
            self.console.print(_("另有 %s 份在任何阶段之外完成，不予补贴") % outside)

    def _serve(self, processes: LocalProcesses, port: int, walk_ins: list[Trade]) -> None:
        call_command("collectstatic", verbosity=0, interactive=False)
        table = Table(_("登录"), _("用户名"), _("密码"))
        for login in make_logins():
            table.add_row(login.who, login.username, login.password)
        self.console.print(table)
        site = f"http://127.0.0.1:{port}"
        self.console.print(
            _("新商户的邀请链接：%s") % f"{site}{reverse('invitation', args=[invite_owner()])}"
        )
        self._print_walk_ins(walk_ins)
        self.console.print(_("网站：%s/(按 Ctrl-C 结束)") % site)
        argv = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}"]
        argv += ["--workers", "2", "--threads", "4", "--log-level", "warning", "--no-control-socket"]
        connection.close()
        subprocess.run(argv, cwd=settings.BASE_DIR, env={**os.environ, **processes.env}, check=False)

    def _print_walk_ins(self, walk_ins: list[Trade]) -> None:
        """Customers who still come: somebody who tries the site out has something to type."""
        table = Table(title=_("可以试着登记的顾客(两个系统里都有记录，人是虚构的)"), title_justify="left")
        table.add_column("", no_wrap=True)
        for _trade in walk_ins:
            table.add_column("", no_wrap=True)
        for title, value in (
            (_("备案号牌"), lambda t: t.plate),
            (_("车主姓名"), lambda t: t.person.name),
            (_("证件号码"), lambda t: t.person.id_no),
            (_("手机号"), lambda t: t.person.phone),
            (_("注销时间"), lambda t: str(t.times["deregistered"])),
            (_("回收时间"), lambda t: str(t.times["collected"])),
            (_("新车整车编码"), lambda t: t.vehicle_code),
            (_("购买时间"), lambda t: str(t.times["purchased"])),
            (_("新车号牌"), lambda t: t.digital_plate),
            (_("上牌时间"), lambda t: str(t.times["plated"])),
        ):
            table.add_row(title, *(value(trade) for trade in walk_ins))
        self.console.print(table)


def _left_of_cap(stage: dict[str, Any]) -> str:
    cap = stage["cap_fen"]
    return "—" if cap is None else yuan_and_fen(cap - stage["reserved_fen"] - stage["paid_fen"])


@contextmanager
def _the_only_one() -> Iterator[None]:
    """A second demonstration here would take the first one's database away. Raises CommandError, and names it."""
    lock = VAR / "demo.lock"
    with lock.open("a") as mine:
        try:
            fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            told = _("演示正在运行：%s。请先停止它(Ctrl-C)，或另外克隆一份再运行")
            raise CommandError(told % ", ".join(who_holds(lock))) from None
        yield


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise CommandError(_("端口 %s 已被占用，请换一个，例如：make demo PORT=8001") % port) from None
