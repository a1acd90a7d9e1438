"""The forecast in sentences."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from subsidies.engine.forecast import FEWEST_DAYS, PACE_DAYS, Forecast, Untold

UNTOLD = {
    Untold.SPENT: gettext_lazy("剩余资金已被收到的申请占满，之后完成的只能候补。"),
    Untold.OVER: gettext_lazy("补贴各阶段都已结束，不再预计。"),
    Untold.TOO_FEW_DAYS: gettext_lazy("补贴开始不到 %(fewest)s 天，还不能预计。"),
    Untold.STANDSTILL: gettext_lazy("最近 %(days)s 天没有人完成全流程，无从预计。"),
}


def forecast_in_words(found: Forecast | Untold) -> tuple[str, list[str]]:
    """What to expect, and the reasons for it."""
    if isinstance(found, Untold):
        return str(UNTOLD[found]) % {"fewest": FEWEST_DAYS, "days": PACE_DAYS}, []
    headline = (
        _("预计 %s 用完") % found.likely.isoformat() if found.likely else _("预计到各阶段结束时仍有剩余")
    )
    pace = found.pace
    return headline, [
        _("按最近几天的速度：平常每天 %s 份。") % _number(pace.median),
        _("快时每天 %(pace)s 份：%(day)s。") % {"pace": _number(pace.high), "day": _end(found.earliest)},
        _("慢时每天 %(pace)s 份：%(day)s。") % {"pace": _number(pace.low), "day": _end(found.latest)},
    ]


def _end(day: date | None) -> str:
    return _("%s 用完") % day.isoformat() if day else _("各阶段结束时仍有剩余")


def _number(pace: float) -> str:
    return f"{pace:,.1f}".removesuffix(".0")
