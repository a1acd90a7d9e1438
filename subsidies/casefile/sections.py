"""What a case file holds, section by section, in words, in the order in which an auditor asks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from core.audit.history import by_what, changed_fields, details, name_together, subject
from core.models import AuditEntry, User
from core.money import yuan_and_fen
from core.privacy.masks import mask_id, mask_name, mask_phone, mask_wallet
from core.shanghai import to_the_second
from ebikes.evidence.wording import facts_in_words, holder_in_words, outcome_in_words
from merchants.models import CommitmentLetter
from subsidies.casefile.proofs import chain_proofs, marks_of
from subsidies.casefile.rules import RULES
from subsidies.checks.selectors.explain import explain_claim
from subsidies.decision_reasons import reasons_and_note
from subsidies.models import Claim, PaperEvidence, PayoutLine
from subsidies.reasons import PAYOUT_FAILURES
from subsidies.review.hold_wording import hold_in_words

MOST_ENTRIES = 300  # of the audit trail; how many there are is said
Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it, each with what it is called."""

    title: str
    facts: tuple[Fact, ...]


def sections_of(
    claim: Claim,
    *,
    in_full: bool,
    attached: int = 0,
    missing: Sequence[str] = (),
    apart: Sequence[str] = (),
) -> list[Section]:
    """All sections. `claim` as `load_claim` loads it; people are masked unless `in_full`.

    `attached`: how many photos and scans follow; `missing`: the titles of those that are lost; `apart`: of those that
    are PDFs themselves, and do not follow.
    """
    made = (
        (_("申请和结论"), _conclusion(claim)),
        (_("记录"), _record(claim, in_full=in_full)),
        (_("两个系统的答复"), _answers(claim)),
        (_("书面材料"), _on_paper(claim)),
        (_("资格核验"), _checks(claim)),
        (_("经过"), _steps(claim)),
        (_("暂缓和核实"), _holds(claim)),
        (_("收款信息和发放"), _payments(claim, in_full=in_full)),
        (_("承诺书和代办点授权"), _papers(claim)),
        (_("账目和链值"), chain_proofs(claim)),
        (_("决定的印记"), marks_of(claim)),
        (_("审计记录"), _trail(claim)),
        (_("照片和扫描件"), _pictures(attached, missing, apart)),
    )
    return [Section(title, tuple(facts) or ((_("无"), ""),)) for title, facts in made]


def called(user: User | None) -> str:
    """Who acted; nobody is the system."""
    return str(user or _("系统"))


def _conclusion(claim: Claim) -> Iterator[Fact]:
    why = explain_claim(claim)
    yield _("方案"), str(claim.scheme)
    yield _("状态"), why.headline
    yield _("全流程完成时间"), why.completed
    yield _("阶段和标准"), why.stage
    yield _("补贴金额"), _("%s 元") % yuan_and_fen(claim.amount_fen or 0)
    yield _("名次"), f"{why.place:,}" if why.place else "–"
    yield _("所依据的政策"), why.policy


def _record(claim: Claim, *, in_full: bool) -> Iterator[Fact]:
    record, owner = claim.trade_in, claim.owner
    yield _("淘汰置换单号"), record.record_no
    yield _("车主"), record.owner_name if in_full else mask_name(record.owner_name)
    yield _("证件"), f"{owner.id_kind} {owner.id_no if in_full else mask_id(owner.id_no)}"
    yield _("手机号"), _contact(record.phone, mask_phone, in_full=in_full)
    yield _("备案号牌"), record.filing_plate_no
    yield _("新车整车编码"), record.vehicle_code
    yield _("新车号牌"), record.digital_plate_no
    yield _("品牌"), record.brand or "–"
    yield _("发票号码"), record.invoice_no or "–"
    yield _("成交价"), "–" if record.price_fen is None else _("%s 元") % yuan_and_fen(record.price_fen)
    yield _("销售商户"), f"{record.merchant} {record.merchant.uscc}"
    yield _("代办点"), record.agent_point.point_no
    for title, name in (
        (_("注销时间"), "deregistered_at"),
        (_("回收时间"), "collected_at"),
        (_("购买时间"), "purchased_at"),
        (_("上牌时间"), "plated_at"),
        (_("收到时间"), "received_at"),
    ):
        day_only = _("(来件只有日期，按当天最后一秒计)") if name in record.day_only else ""
        yield title, to_the_second(getattr(record, name)) + day_only
    yield (
        _("来源"),
        _("导入批次 %(no)s 第 %(line)s 行") % {"no": record.batch_id, "line": record.batch_line}
        if (record.batch_id and record.batch_line)
        else _("商户平台填报"),
    )
    yield _("备注"), record.remark or "–"


def _contact(value: str | None, mask: Callable[[str], str], *, in_full: bool) -> str:
    if not value:
        return "–"
    return value if in_full else mask(value)


def _answers(claim: Claim) -> Iterator[Fact]:
    for answer in claim.trade_in.answers.defer("raw").order_by("pk"):
        told = [f"{name} {value}" for name, value in facts_in_words(answer)]
        if holder := holder_in_words(answer, claim.owner.number_index):
            told.append(holder)
        said = _("，").join([outcome_in_words(answer), *told, _("请求编号 %s") % answer.request_id])
        system = answer.get_system_display()
        named = _("书面材料(代替%s)") % system if answer.on_paper else system
        yield f"{named} {to_the_second(answer.answered_at)}", said


def _on_paper(claim: Claim) -> Iterator[Fact]:
    papers = PaperEvidence.objects.filter(claim=claim).select_related("proposed_by", "decided_by")
    for paper in papers.order_by("pk"):
        people = [called(each) for each in (paper.proposed_by, paper.decided_by) if each]
        told = [
            paper.title,
            str(paper.get_state_display()),
            *people,
            _("有效期至 %s") % paper.expires_on,
            paper.note,
        ]
        yield str(paper.get_subject_display()), _("，").join(filter(None, told))
    for hold in claim.holds.filter(answers__isnull=False).distinct():
        for answer in hold.answers.select_related("by").order_by("pk"):
            said = _("，").join([called(answer.by), answer.text, _("照片 %s 张") % len(answer.photos)])
            yield _("商户补充 %s") % to_the_second(answer.at), said


def _checks(claim: Claim) -> Iterator[Fact]:
    for line in explain_claim(claim).checks:
        told = {
            "result": line.result,
            "source": line.source,
            "evidence": line.evidence or "–",
            "what": line.title,
        }
        said = _("“%(what)s”：%(result)s(%(source)s：%(evidence)s)") % told
        yield str(RULES.get(line.reason, line.title)), said


def _steps(claim: Claim) -> Iterator[Fact]:
    for event in claim.events.select_related("by"):
        why = reasons_and_note(event.reasons, event.note)
        yield (
            to_the_second(event.at),
            _("，").join(filter(None, [str(event.get_to_state_display()), called(event.by), why])),
        )


def _holds(claim: Claim) -> Iterator[Fact]:
    for hold in claim.holds.select_related("placed_by", "cleared_by"):
        noticed = "".join(map(str, hold_in_words(hold)))
        yield (
            to_the_second(hold.placed_at),
            f"{hold.get_kind_display()}{_('，')}{called(hold.placed_by)}{_('：')}{noticed}",
        )
        if hold.cleared_at:
            why = reasons_and_note(hold.cleared_reasons, hold.note)
            yield (
                to_the_second(hold.cleared_at),
                _("解除：%(by)s，%(why)s") % {"by": called(hold.cleared_by), "why": why},
            )


def _payments(claim: Claim, *, in_full: bool) -> Iterator[Fact]:
    yield _("登记的收款信息"), _payee(claim.trade_in, in_full=in_full)
    for change in claim.payee_changes.select_related("by").order_by("pk"):
        yield (
            _("更正 %s") % to_the_second(change.at),
            f"{_payee(change, in_full=in_full)}{_('，')}{called(change.by)}",
        )
    for check in claim.payee_checks.order_by("pk"):
        yield _("实名核对 %s") % to_the_second(check.at), f"{check.get_result_display()} {check.request_id}"
    for line in claim.payout_lines.select_related("batch__made_by", "batch__released_by").order_by("pk"):
        yield _("发放 %s") % line.request_no, _payment(line)


def _payee(told: object, *, in_full: bool) -> str:
    wallet: str | None = getattr(told, "wallet_no", None)
    operator: str = getattr(told, "wallet_operator", "")
    if wallet:
        return f"{_contact(wallet, mask_wallet, in_full=in_full)} {operator}".strip()
    return _contact(getattr(told, "phone", None), mask_phone, in_full=in_full)


def _payment(line: PayoutLine) -> str:
    said = [
        str(line.batch.number),
        _("%s 元") % yuan_and_fen(line.amount_fen),
        str(line.get_state_display()),
        str(PAYOUT_FAILURES.get(line.fail_reason, line.fail_reason)),
        to_the_second(line.finished_at) if line.finished_at else "",
        _("制单 %s") % called(line.batch.made_by),
        _("放行 %s") % called(line.batch.released_by) if line.batch.released_by else "",
    ]
    return _("，").join(filter(None, said))


def _papers(claim: Claim) -> Iterator[Fact]:
    shop, point, day = claim.trade_in.merchant, claim.trade_in.agent_point, claim.trade_in.collected_at
    for letter in CommitmentLetter.objects.filter(merchant=shop).order_by("signed_on"):
        posted = _("，上墙 %s") % letter.posted_at if letter.posted_at else ""
        yield (
            _("承诺书"),
            _("%(version)s，签订 %(day)s") % {"version": letter.text_version, "day": letter.signed_on}
            + posted,
        )
    for period in point.authorizations.order_by("starts_on"):
        yield (
            _("代办点授权"),
            f"{period.starts_on} – {period.ends_on or ''} {period.withdrawal_reason}".strip(),
        )
    yield _("回收当天"), to_the_second(day)


def _pictures(attached: int, missing: Sequence[str], apart: Sequence[str]) -> Iterator[Fact]:
    yield _("附在其后"), _("%s 张") % attached
    for title in apart:
        yield _("另附 PDF 原件"), title
    for title in missing:
        yield _("文件缺失或无法打开"), title


def _trail(claim: Claim) -> Iterator[Fact]:
    about = Q(object_type="subsidies.claim", object_id=str(claim.pk)) | Q(
        object_type="ebikes.tradein", object_id=str(claim.trade_in_id)
    )
    entries = AuditEntry.objects.filter(about).select_related("by").order_by("pk")
    count = entries.count()
    shown = list(entries[max(0, count - MOST_ENTRIES) :])
    name_together(shown)
    for entry in shown:
        by = called(entry.by) if entry.by else by_what(entry) or "–"
        more = (
            changed_fields(entry)
            if entry.before is not None
            else [f"{name} {said}" for name, said in details(entry)]
        )
        yield (
            to_the_second(entry.at),
            _("，").join([str(entry.get_action_display()), by, subject(entry), *more]),
        )
    if count > MOST_ENTRIES:
        yield (
            _("共"),
            _("%(all)s 条，以上为最近 %(shown)s 条；全部见审计日志") % {"all": count, "shown": MOST_ENTRIES},
        )
