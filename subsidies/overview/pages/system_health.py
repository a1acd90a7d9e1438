"""Workers, queues and the outside systems in words: a state for each, never by colour alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.audit.settled import holder
from core.shanghai import to_the_minute
from ebikes.models import ImportBatch, LicensingHealth
from subsidies.models import PayoutBatch, Verification
from subsidies.overview.pages.figure_links import Figure, Rows
from subsidies.overview.selectors.system_health import (
    COUNTED,
    Backlog,
    Condition,
    ErrorRate,
    SystemHealth,
    error_rates,
    system_health,
)

CONDITIONS = {
    Condition.WELL: gettext_lazy("正常"),
    Condition.SLOW: gettext_lazy("缓慢"),
    Condition.STOPPED: gettext_lazy("停止"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One line: what it is, how it is, and since when or how much."""

    name: str
    state: str
    well: bool
    remark: str = ""
    figure: Figure | None = None


def health(rows: Rows) -> dict[str, Any]:
    """What the home page shows of it to whoever may see how the systems are."""
    if not rows.may(LicensingHealth):
        return {}
    found = system_health(now=timezone.now())
    moving = [*_processes(found), _queue(found), *_waiting(found, rows)]
    return {
        "system_health": {
            "state": _state(found, moving),
            "well": found.condition == Condition.WELL,
            "stopped": _stopped(found),
            "parts": [*moving, *_proved(rows), *_held_up()],
        },
    }


def _state(found: SystemHealth, moving: list[Part]) -> str:
    """How it is; what is slow is named."""
    state = str(CONDITIONS[found.condition])
    if found.condition != Condition.SLOW:
        return state
    return state + _("：") + _("、").join(part.name for part in moving if not part.well)


def _stopped(found: SystemHealth) -> str:
    """What stands still, for the top of the page; empty where everything moves."""
    if found.queue is None:
        return _("消息服务无法连接，后台工作已停止：不核验、不分配、不发放。请联系系统管理员。")
    if not found.working:
        return _("没有后台进程在运行，后台工作已停止：不核验、不分配、不发放。请联系系统管理员。")
    if not found.alive(found.clock):
        return _("定时器没有运行，后台不再自动核验、分配和发放。请联系系统管理员。")
    return ""


def _held_up() -> list[Part]:
    """Who keeps the chains from being sealed, where somebody does."""
    if (found := holder()) is None:
        return []
    told = {"pid": found.pid, "since": to_the_minute(found.since)}
    return [
        Part(
            _("链的封存"),
            _("受阻"),
            well=False,
            remark=_("数据库进程 %(pid)s 自 %(since)s 起占着一个未结束的事务") % told,
        )
    ]


def _processes(found: SystemHealth) -> list[Part]:
    parts = [
        Part(each.name, _running(found.alive(each)), found.alive(each), _seen(each.seen_at))
        for each in found.workers
    ]
    if not parts:
        parts = [Part(_("后台进程"), _("没有运行"), well=False)]
    clock = found.clock
    alive = found.alive(clock)
    remark = _seen(clock.seen_at) if clock else _("还没有报到过")
    return [*parts, Part(_("定时器"), _running(alive), alive, remark)]


def _queue(found: SystemHealth) -> Part:
    if found.queue is None:
        return Part(_("消息队列"), _("无法连接"), well=False)
    return Part(_("消息队列"), _("可以连接"), well=True, remark=_("排着 %s 条消息") % f"{found.queue:,}")


def _waiting(found: SystemHealth, rows: Rows) -> list[Part]:
    return [
        _backlog(
            _("到时待核验的申请"),
            found,
            found.checks,
            Figure(f"{found.checks.count:,}{'+' if found.checks.count >= COUNTED else ''}"),
        ),
        _backlog(
            _("待读取的文件"),
            found,
            found.uploads,
            rows.figure(found.uploads.count, ImportBatch, state__exact=ImportBatch.State.READING),
        ),
        _backlog(
            _("已放行、待运营机构答复的批次"),
            found,
            found.payouts,
            rows.figure(found.payouts.count, PayoutBatch, state__exact=PayoutBatch.State.RELEASED),
        ),
    ]


def _proved(rows: Rows) -> list[Part]:
    """What the last run of the whole proof found, for whoever may ask for one."""
    if not rows.can("subsidies.view_verification"):
        return []
    name, address = _("账目和审计链核对"), reverse("staff-verifications")
    last = Verification.objects.filter(finished_at__isnull=False).first()
    if last is None or last.finished_at is None:
        return [Part(name, "", well=False, figure=Figure(_("还没有核对过"), address))]
    state = _("%s 处不符") % f"{last.faults:,}" if last.faults else _("全部相符")
    remark = _("最近核对 %s") % to_the_minute(last.finished_at)
    return [Part(name, "", well=not last.faults, remark=remark, figure=Figure(state, address))]


def _backlog(name: str, found: SystemHealth, backlog: Backlog, figure: Figure) -> Part:
    since = _("最早自 %s") % to_the_minute(backlog.since) if backlog.since else ""
    late = found.late(backlog)
    since = _("%s，等候过久") % since if late else since
    return Part(name, "", well=not late, remark=since, figure=figure)


def rates() -> dict[str, str]:
    """By system: how often it told nothing, of its newest answers, and how often in words that nobody knows."""
    return {system: _rate(rate) for system, rate in error_rates().items()}


def _rate(rate: ErrorRate) -> str:
    told = _("最近 %(count)s 次询问，未得到答复 %(percent)s%%(%(unknown)s 次)") % {
        "count": f"{rate.count:,}",
        "percent": f"{100 * rate.unknown / rate.count:.1f}",
        "unknown": f"{rate.unknown:,}",
    }
    if not rate.unknown_words:
        return told
    return (
        told
        + _("；其中 %s 次用词不在已知清单内：对方可能改了说法，请核对后更新清单") % f"{rate.unknown_words:,}"
    )


def _running(alive: bool) -> str:
    return _("运行中") if alive else _("没有回应")


def _seen(moment: datetime) -> str:
    return _("最近报到 %s") % to_the_minute(moment)
