"""Asking e行在线 and 云申领 while the clerk stands before the customer, so that nobody types what they know.

What they say is kept with the draft as theirs. Where one is silent, or was asked too often, the clerk types as ever. The
network lies outside every transaction; an answer counts only for the plate and the person that are still in the draft.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.accounts.throttle import TooMany
from core.audit.record import Action, record
from core.models import User
from core.shanghai import local_day, to_the_second
from ebikes.licensing.answers import Answer, ExingRecord, PlateRecord
from ebikes.licensing.ask import look_up_all
from ebikes.licensing.yunshenling import STANDARD
from ebikes.models import FiledBike, LicensingSystem, TradeInDraft
from ebikes.records.persons import Document, kinds_of_series, number_index
from merchants.models import AgentPoint
from subsidies.checks.selectors.precheck import Verdict, precheck
from subsidies.checks.services.questions import PATIENCE, count_question
from subsidies.intake.selectors.told import (
    Cells,
    Finding,
    Question,
    Said,
    answers_in,
    as_kept,
    differs,
    in_force,
    question_of,
)
from subsidies.intake.services.drafts import cells_of, store
from subsidies.intake.services.unsent import lock_draft
from subsidies.reasons import REASONS
from subsidies.schemes.selectors.current import NoScheme, scheme_on

EXING, YUNSHENLING = LicensingSystem.EXING, LicensingSystem.YUNSHENLING
Questions = dict[LicensingSystem, Question]
_AGAIN = ("unknown", "waiting")  # what is asked once more when somebody wants it


def ask_systems(*, draft: TradeInDraft, by: User, now: datetime, again: bool = False) -> None:
    """Ask what can be asked and was not told yet; `again`: also what found no answer. Never in a transaction."""
    questions = _open_questions(draft, again=again)
    if not questions:
        return
    shown = next(iter(questions.values())).shown
    try:
        plates = [question.plate for question in questions.values()]
        count_question(draft.merchant, id_no=shown.number, plates=plates, now=now)
    except TooMany:
        _keep(draft, {system: Said(each.about, "waiting") for system, each in questions.items()}, now=now)
        return
    exing, plated = _asked(questions)
    answers: dict[str, Said] = {}
    if EXING in questions:
        answers[EXING] = _of_the_old_bike(draft, questions[EXING], exing, now=now)
    if YUNSHENLING in questions:
        answers[YUNSHENLING] = _of_the_new_bike(questions[YUNSHENLING], plated)
    _keep(draft, answers, now=now, name=_name_on_file(questions.get(EXING)))
    _write_down(draft, questions, answers, by=by)


def _open_questions(draft: TradeInDraft, *, again: bool) -> Questions:
    cells = cells_of(draft)
    told = in_force(answers_in(draft), cells)
    found = {}
    for system in LicensingSystem:
        said = told.get(system)
        if (said is None or (again and said.outcome in _AGAIN)) and (asked := question_of(cells, system)):
            found[system] = asked
    return found


def _asked(questions: Questions) -> tuple[Answer[ExingRecord] | None, Answer[PlateRecord] | None]:
    plates = {system: [question.plate] for system, question in questions.items()}
    try:
        exing, plated = look_up_all(
            exing=plates.get(EXING, []), yunshenling=plates.get(YUNSHENLING, []), patience=PATIENCE
        )
    except TimeoutError:
        return None, None
    return next(iter(exing.values()), None), next(iter(plated.values()), None)


def _of_the_old_bike(
    draft: TradeInDraft, asked: Question, answer: Answer[ExingRecord] | None, *, now: datetime
) -> Said:
    """The filing, and what there is to be said against a subsidy before anything else is typed."""
    findings = _findings(draft, asked, answer, now=now)
    if answer is None or answer.outcome == "unknown":
        return Said(asked.about, "unknown", findings=findings)
    filing = answer.record
    if filing is None or Document(asked.shown.kind, filing.id_no).holder != asked.shown.holder:
        return Said(asked.about, "unmatched", findings=findings)
    times = {"deregistered_at": filing.deregistered_at, "collected_at": filing.collected_at}
    cells = {name: to_the_second(at) for name, at in times.items() if at is not None}
    point = filing.agent_point_no
    if filing.collected_at and AgentPoint.objects.filter(point_no=point).exists():
        cells["agent_point_no"] = point
    return Said(asked.about, "found", cells, findings=findings)


def _findings(
    draft: TradeInDraft, asked: Question, answer: Answer[ExingRecord] | None, *, now: datetime
) -> tuple[Finding, ...]:
    """What the pre-check warns of: claimed already, not this person's, ends in the next stage."""
    day = local_day(now)
    try:
        scheme = scheme_on(day, district=draft.merchant.district_id)
    except NoScheme:
        return ()
    found = precheck(
        scheme=scheme, merchant=draft.merchant, plate=asked.plate, shown=asked.shown, day=day, exing=answer
    )
    told = [each for each in found.findings if each.verdict in (Verdict.WARN, Verdict.BAD)]
    if draft.replaces_id:  # what it corrects is the claim that this bike has
        told = [each for each in told if each.code not in ("bike_already_claimed", "person_cap")]
    return tuple((each.verdict, each.text) for each in told if each.code != "exing_unknown")


def _of_the_new_bike(asked: Question, answer: Answer[PlateRecord] | None) -> Said:
    if answer is None or answer.outcome == "unknown":
        return Said(asked.about, "unknown")
    plated = answer.record
    if plated is None or Document(asked.shown.kind, plated.id_no).holder != asked.shown.holder:
        return Said(asked.about, "unmatched")
    cells = {"vehicle_code": plated.vehicle_code, "plated_at": to_the_second(plated.plated_at)}
    standard = plated.vehicle_kind == STANDARD
    findings = () if standard else ((str(Verdict.BAD), str(REASONS["plate_non_standard"].title)),)
    return Said(asked.about, "found", cells, findings=findings)


def _name_on_file(asked: Question | None) -> str:
    """The owner's name in the district's register, if the bike is on file in this document's name."""
    if asked is None:
        return ""
    number, kinds = number_index(asked.shown.number), kinds_of_series(asked.shown.kind)
    filed = FiledBike.objects.filter(
        filing_plate_no=asked.plate, owner__number_index=number, owner__id_kind__in=kinds
    )
    bike = filed.exclude(owner__name_index=None).select_related("owner").first()
    return str(bike.owner.name) if bike else ""


@transaction.atomic
def _keep(draft: TradeInDraft, answers: dict[str, Said], *, now: datetime, name: str = "") -> None:
    """With the draft, where it still asks the same; what the shop had typed otherwise stands beside it."""
    locked = lock_draft(draft)
    if locked.trade_in_id:
        return
    cells = cells_of(locked)
    fresh = in_force(answers, cells)
    told = {**in_force(answers_in(locked), cells), **{k: _beside(said, cells) for k, said in fresh.items()}}
    for said in fresh.values():
        cells |= said.cells
    if EXING in fresh and name and not cells.get("owner_name"):
        cells["owner_name"] = name
    store(locked, cells, told=as_kept(told), now=now)
    draft.cells, draft.told = locked.cells, locked.told


def _beside(said: Said, cells: Cells) -> Said:
    typed = {key: mine for key, text in said.cells.items() if differs(key, mine := cells.get(key, ""), text)}
    return replace(said, typed=typed)


def _write_down(draft: TradeInDraft, questions: Questions, answers: dict[str, Said], *, by: User) -> None:
    """That somebody looked a person up at the counter, by which bike, and what came of it; not who was typed."""
    asked = questions.get(EXING)
    bike = FiledBike.objects.filter(filing_plate_no=asked.plate).only("pk").first() if asked else None
    detail: dict[str, Any] = {"page": "counter", "answer": _("、").join(s.outcome for s in answers.values())}
    record(Action.SEARCH, by=by, of=bike or TradeInDraft, detail=detail)
