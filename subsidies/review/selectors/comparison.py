"""The record beside what the two systems and the register say."""

from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from core.shanghai import in_words, to_the_second
from ebikes.models import FiledBike, LicensingAnswer, LicensingSystem
from ebikes.records.persons import document
from subsidies.models import Claim


@dataclass(frozen=True, slots=True)
class Comparison:
    """One fact as the record has it, beside what the two systems and the register say. `differs`: somebody disagrees."""

    title: str
    record: str
    exing: str
    yunshenling: str
    register: str
    differs: bool


def side_by_side(claim: Claim) -> list[Comparison]:
    """The record beside the newest word of each system and the register; people only as same or another."""
    exing, plate = (_newest(claim, system) for system in LicensingSystem)
    bike = FiledBike.objects.filter(filing_plate_no=claim.filing_plate_no).select_related("owner").first()
    told, holder = bytes(claim.owner.number_index), document(claim.owner.id_kind, claim.owner.number_index)
    rows = [
        _row(
            _("车主"),
            _("申请人"),
            exing=_same_person(exing, told),
            yunshenling=_same_person(plate, told),
            register=_match(document(bike.owner.id_kind, bike.owner.number_index) == holder) if bike else "",
            differs=lambda told: told == _match(same=False),
        ),
        _row(_("备案状态"), _("已注销"), exing=_word(exing, "status")),
        _row(_("备案日期"), "", register=str(bike.filed_on) if bike else _("无记录")),
        *(
            _row(title, to_the_second(getattr(claim.trade_in, name)), **{system: _time(answer, name)})
            for title, name, system, answer in (
                (_("注销时间"), "deregistered_at", "exing", exing),
                (_("回收时间"), "collected_at", "exing", exing),
                (_("上牌时间"), "plated_at", "yunshenling", plate),
            )
        ),
        _row(_("代办点"), claim.trade_in.agent_point.point_no, exing=_told(exing, "agent_point_no")),
        _row(
            _("车主姓名"),
            _("申请所填"),
            register=_same_name(claim.trade_in.owner_name, bike.owner.name) if bike else "",
            differs=lambda told: told == _("不一致"),
        ),
        _row(_("整车编码"), claim.vehicle_code, yunshenling=_fact(plate, "vehicle_code")),
        _row(_("车辆类型"), _("标准"), yunshenling=_word(plate, "vehicle_kind")),
    ]
    return [
        replace(row, exing=_marked(row.exing, exing), yunshenling=_marked(row.yunshenling, plate))
        for row in rows
    ]


def _marked(text: str, answer: LicensingAnswer | None) -> str:
    """What stands on a paper says so: nobody takes it for the system's word."""
    return _("%s(书面材料)") % text if text and answer and answer.on_paper else text


def _newest(claim: Claim, system: str) -> LicensingAnswer | None:
    return claim.trade_in.answers.filter(system=system).defer("raw").order_by("-pk").first()


def _row(
    title: str,
    record: str,
    *,
    exing: str = "",
    yunshenling: str = "",
    register: str = "",
    differs: Any = None,
) -> Comparison:
    silent = (
        "",
        _("没有答复"),
        str(LicensingAnswer.Outcome.UNKNOWN.label),
    )  # says nothing, so it disagrees with nobody
    told = [text for text in (exing, yunshenling, register) if text not in silent]
    wrong = differs or (lambda text: bool(record) and text != record)
    return Comparison(title, record, exing, yunshenling, register, any(wrong(text) for text in told))


def _same_person(answer: LicensingAnswer | None, number: bytes) -> str:
    if answer is None or answer.outcome != LicensingAnswer.Outcome.FOUND:
        return _outcome(answer)
    return _match(bytes(answer.holder_index or b"") == number)


def _same_name(one: str, other: str) -> str:
    """Names that are hidden in part cannot be compared."""
    if "*" in one + other:
        return ""
    return _("一致") if one == other else _("不一致")


def _told(answer: LicensingAnswer | None, name: str) -> str:
    """A fact that a system need not have: nothing where it has none."""
    return str(answer.facts.get(name) or "") if answer else ""


def _match(same: bool) -> str:
    return _("同一人") if same else _("另一人")


def _fact(answer: LicensingAnswer | None, name: str) -> str:
    if answer is None or answer.outcome != LicensingAnswer.Outcome.FOUND:
        return _outcome(answer)
    return str(answer.facts.get(name) or _("没有"))


def _word(answer: LicensingAnswer | None, name: str) -> str:
    """A fact that is one of few words: the systems say them in Chinese, the reader in the page's language."""
    return _(_fact(answer, name))


def _time(answer: LicensingAnswer | None, name: str) -> str:
    return in_words(_fact(answer, name))


def _outcome(answer: LicensingAnswer | None) -> str:
    return str(LicensingAnswer.Outcome(answer.outcome).label) if answer else _("没有答复")
