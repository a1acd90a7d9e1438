"""Why: what was decided of a claim, by which rule and policy, on which evidence; what the owner can do."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.money import yuan
from core.shanghai import to_the_second
from ebikes.models import LicensingAnswer
from subsidies.cells.selectors.locks import taken_by
from subsidies.checks.selectors.cases import rules_of
from subsidies.claims.selectors.locks import claimed_in
from subsidies.claims.selectors.place import place_of
from subsidies.claims.selectors.replaced import replaced_by
from subsidies.decision_reasons import reasons_and_note
from subsidies.engine.checks import CHECKS, Source
from subsidies.models import Claim, EligibilityCheck
from subsidies.reasons import (
    EVENT_NAMES,
    FINDINGS,
    NEXT_STEPS,
    PAYOUT_FAILURES,
    REASONS,
    RESULTS,
    SOURCES,
)
from subsidies.states import ClaimState

ABOUT_A_PERSON = ("other_owner", "plate_other_owner")  # what papers about relatives change
_ALREADY_CLAIMED = {"bike_already_claimed": "filing_plate_no", "vehicle_already_claimed": "vehicle_code"}


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check (`reason`: its code) in words: what it asked, whom, what came out (`code`: a `Result`)."""

    reason: str
    title: str
    source: str
    code: str
    result: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything there is to say about one claim, ready to be printed or shown."""

    claim: Claim
    headline: str
    completed: str
    stage: str
    place: int | None
    policy: str
    checks: tuple[CheckLine, ...]
    history: tuple[str, ...]
    next_step: str


def explain_claim(claim: Claim) -> Explanation:
    """Gather the explanation of a claim, in the active language. It holds no personal data to mask."""
    last = claim.checks.select_related("exing_answer", "yunshenling_answer").order_by("-pk").first()
    return Explanation(
        claim=claim,
        headline=_headline(claim),
        completed=_("%(at)s，由“%(event)s”环节决定")
        % {"at": to_the_second(claim.completed_at), "event": EVENT_NAMES[claim.completed_by]},
        stage=_stage(claim),
        place=place_of(claim),
        policy=_("政策第 %(version)s 版") % {"version": claim.policy.version},
        checks=tuple(_check_lines(claim, last)),
        history=tuple(_history(claim)),
        next_step=_next_step(claim),
    )


def _headline(claim: Claim) -> str:
    state = ClaimState(claim.state).label
    if claim.state == ClaimState.REFUSED:
        return _("%(state)s：%(why)s") % {"state": state, "why": _("、").join(_reason_titles(claim))}
    if claim.state == ClaimState.PAYOUT_FAILED and (
        failed := claim.payout_lines.filter(supplement=None).order_by("-pk").first()
    ):
        why = PAYOUT_FAILURES.get(failed.fail_reason, failed.fail_reason)
        return _("%(state)s：%(why)s") % {"state": state, "why": why}
    return str(state)


def _reason_titles(claim: Claim) -> list[str]:
    return [str(REASONS[code].title) for code in claim.refusals]


def _stage(claim: Claim) -> str:
    if claim.stage is None:
        return _("完成时间不在任何补贴阶段内")
    pinned = next(each for each in rules_of(claim.policy).stages if each.no == claim.stage.no)
    return _("第 %(no)s 阶段(%(first)s 至 %(last)s)，标准 %(yuan)s 元") % {
        "no": pinned.no,
        "first": pinned.starts_on,
        "last": pinned.ends_on,
        "yuan": yuan(pinned.amount_fen),
    }


def _check_lines(claim: Claim, last: EligibilityCheck | None) -> list[CheckLine]:
    lines = _checked(claim, last)
    if "person_cap" in claim.refusals:
        lines.append(_line("person_cap", Source.OWN, "fail", _("分配时按名次核对")))
    for code in FINDINGS:
        if code in claim.refusals:
            lines.append(_line(code, Source.OWN, "fail", _("工作人员核实")))
    for code, same in _ALREADY_CLAIMED.items():
        if code in claim.refusals:
            lines.append(_line(code, Source.OWN, "fail", _earlier(claim, code, same)))
    return lines


def _earlier(claim: Claim, code: str, same: str) -> str:
    """Point to the claim that this bike or vehicle has already."""
    district = claim.trade_in.district_id
    what = {"plate": claim.filing_plate_no} if same == "filing_plate_no" else {same: claim.vehicle_code}
    if elsewhere := claimed_in(district=district, **what):
        return elsewhere[0].sentence
    others = Claim.objects.filter(
        **{same: getattr(claim, same)}, pk__lt=claim.pk, trade_in__district=district
    )
    first = others.exclude(refusals__contains=[code]).select_related("trade_in").order_by("pk").last()
    return _("先前的申请：%s") % first.trade_in.record_no if first else ""


def _checked(claim: Claim, last: EligibilityCheck | None) -> list[CheckLine]:
    lines = []
    for code, entry in CHECKS.items():
        if (
            entry.asks is Source.REGISTER
            and code not in claim.refusals
            and not (last and code in last.results)
        ):
            continue  # there is no register here, or it has not been asked
        result = last.results.get(code, "unknown") if last else "unknown"
        evidence = _evidence(entry.asks, claim, last)
        if last and last.papers and code in ABOUT_A_PERSON:
            evidence = _("%s；计入书面材料") % evidence
        if result == "fail" and entry.asks is Source.REGISTER:
            evidence = _elsewhere(claim)
        lines.append(_line(code, entry.asks, result, evidence))
    return lines


def _elsewhere(claim: Claim) -> str:
    """Point to the claim of another cell."""
    said = taken_by(claim.pk)
    if said is None:
        return ""
    told = {"cell": said.cell, "no": said.record_no, "what": said.get_kind_display()}
    return _("%(what)s已用于单元 %(cell)s 的申请 %(no)s") % told


def _line(code: str, source: Source, result: str, evidence: str) -> CheckLine:
    return CheckLine(
        code, str(REASONS[code].title), str(SOURCES[source]), result, str(RESULTS[result]), evidence
    )


def _evidence(source: Source, claim: Claim, last: EligibilityCheck | None) -> str:
    if last is None:
        return _("两个系统答复后一并核对") if source is Source.OWN else _("尚未得到答复")
    if source is Source.OWN:
        return _("%(policy)s，%(at)s") % {
            "policy": _("政策第 %s 版") % claim.policy.version,
            "at": to_the_second(last.checked_at),
        }
    if source is Source.REGISTER:
        return _("已核对，%(at)s") % {"at": to_the_second(last.checked_at)}
    answer = last.exing_answer if source is Source.EXING else last.yunshenling_answer
    if answer.on_paper:
        return _("书面材料，两人确认，编号 %(request)s，%(at)s") % {
            "request": answer.request_id.removeprefix("paper-"),
            "at": to_the_second(answer.answered_at),
        }
    found = _("有记录") if answer.outcome == LicensingAnswer.Outcome.FOUND else _("无记录")
    return _("%(found)s，请求编号 %(request)s，%(at)s") % {
        "found": found,
        "request": answer.request_id,
        "at": to_the_second(answer.answered_at),
    }


def _history(claim: Claim) -> list[str]:
    told = ((event, reasons_and_note(event.reasons, event.note)) for event in claim.events.order_by("pk"))
    return [
        f"{to_the_second(event.at)} {ClaimState(event.to_state).label}" + (f" ({why})" if why else "")
        for event, why in told
    ]


def _next_step(claim: Claim) -> str:
    if claim.state in (ClaimState.CANCELLED, ClaimState.REFUSED) and (new := replaced_by(claim)):
        return _("已由更正后的记录 %s 代替，请查看那一份。") % new.trade_in.record_no
    if claim.state == ClaimState.REFUSED:
        return " ".join(dict.fromkeys(str(REASONS[code].remedy) for code in claim.refusals))
    return str(NEXT_STEPS[ClaimState(claim.state)])
