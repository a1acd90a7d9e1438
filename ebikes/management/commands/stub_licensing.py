"""`manage.py stub_licensing`: a stand-in for the systems outside. Needs no database."""

import asyncio
import os
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web
from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.commands import ProjectCommand
from ebikes.licensing.outside import stub_signatures, tokens
from ebikes.licensing.stub.faults import MODES, Behaviour, Faults
from ebikes.licensing.stub.invalid import Invalid
from ebikes.licensing.stub.operator import Operator
from ebikes.licensing.stub.serve import serve, write_port_file
from ebikes.licensing.stub.server import make_app
from ebikes.licensing.stub.world import BadWorld, World, load_world


class Command(ProjectCommand):
    """Load the two exports, then serve until SIGTERM."""

    about = gettext_lazy("模拟浙江e行在线、云申领和数字人民币运营机构，供演示和测试使用；不需要数据库。")
    example = "manage.py stub_licensing --exing exing.csv --yunshenling yunshenling.csv --fail 0.3"
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Texts only: the values are judged in `handle`, so that each refusal is one line."""
        add = parser.add_argument
        add("--exing", help=_("e行在线数据文件(CSV)"))
        add("--yunshenling", help=_("云申领数据文件(CSV)"))
        add("--host", default="127.0.0.1", help=_("监听地址"))
        add("--port", default="9100", help=_("监听端口；0 表示任选空闲端口"))
        add("--port-file", help=_("就绪后把端口号写入此文件"))
        add("--fail", default="0", help=_("故障比例，0 至 1"))
        add(
            "--modes",
            default=",".join(MODES),
            help=_("故障方式，逗号分隔：%(modes)s") % {"modes": ",".join(MODES)},
        )
        add("--latency-ms", default="0", help=_("每次应答的延迟(毫秒)"))
        add("--slow-seconds", default="8", help=_("slow 故障的等待时间(秒)"))
        add("--away-seconds", default="0.5", help=_("away 故障每次持续的时间(秒)"))
        add("--settle-ms", default="0", help=_("转账受理后多久出结果(毫秒)"))
        add("--seed", default="0", help=_("随机数种子"))
        add("--book", help=_("运营机构账簿文件(JSONL)；重启后仍记得"))

    def handle(self, *_args: Any, **options: Any) -> None:
        """Serve; every refusal is a CommandError with exit code 2."""
        port = int(_number(options, "port", most=65535))
        faults = Faults(_behaviour(options), seed=int(_number(options, "seed")))
        app = make_app(
            world=_world(options),
            operator=_operator(options),
            faults=faults,
            token=tokens(),
            signatures=stub_signatures(),
        )
        self._serve(app, host=options["host"], port=port, port_file=options["port_file"])

    def _serve(self, app: web.Application, *, host: str, port: int, port_file: str | None) -> None:
        def announce(actual: int) -> None:
            if port_file:
                write_port_file(Path(port_file), actual)
            self.stdout.write(_("模拟服务已就绪：http://%(host)s:%(port)s") % {"host": host, "port": actual})
            self.stdout.flush()

        try:
            asyncio.run(serve(app, host=host, port=port, on_ready=announce))
        except OSError as error:
            why = os.strerror(error.errno) if error.errno and error.errno > 0 else error
            raise _refusal(
                _("无法在 %(host)s:%(port)s 监听：%(why)s"), host=host, port=port, why=why
            ) from error


def _world(options: dict[str, Any]) -> World:
    for name in ("exing", "yunshenling"):
        if not options[name]:
            raise _refusal(_("缺少参数 --%(name)s：请指定数据文件"), name=name)
    try:
        return load_world(exing=Path(options["exing"]), yunshenling=Path(options["yunshenling"]))
    except BadWorld as error:
        raise CommandError(str(error), returncode=2) from error


def _operator(options: dict[str, Any]) -> Operator:
    book = Path(options["book"]) if options["book"] else None
    settle = timedelta(milliseconds=_number(options, "settle_ms"))
    try:
        return Operator(book, settle=settle)
    except (OSError, ValueError, KeyError) as error:
        raise _refusal(_("无法读取账簿 %(path)s：%(why)s"), path=book, why=error) from error


def _behaviour(options: dict[str, Any]) -> Behaviour:
    modes = [mode.strip() for mode in options["modes"].split(",")]
    amounts = {
        name: _number(options, name) for name in ("fail", "latency_ms", "slow_seconds", "away_seconds")
    }
    try:
        return Behaviour().changed({"modes": modes, **amounts})
    except Invalid as error:
        name = str(error)
        raise _refusal(
            _("参数 --%(name)s 的值无效：%(value)s"), name=_flag(name), value=options[name]
        ) from error


def _number(options: dict[str, Any], name: str, *, most: float = 1e12) -> float:
    """An option's value as a number from 0 to `most`."""
    try:
        value = float(options[name])
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        raise _refusal(_("参数 --%(name)s 的值无效：%(value)s"), name=_flag(name), value=options[name])
    return value


def _flag(name: str) -> str:
    return name.replace("_", "-")


def _refusal(message: str, **values: object) -> CommandError:
    return CommandError(message % values, returncode=2)
