"""A replay from the question to the result: asked for by a person, gone through by a worker, and again on request."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from core.audit.acting import acting
from core.models import User
from subsidies.laboratory.selectors.history import ReadUpTo, last_rows, read_history
from subsidies.laboratory.selectors.outcome import digest_of, result_of
from subsidies.laboratory.selectors.replayed import replayed
from subsidies.laboratory.variants import Variant
from subsidies.models import LaboratoryRun, Scheme
from subsidies.schemes.selectors.faults import MONEY_FEN, Fault, faults_of_terms

logger = logging.getLogger(__name__)

AT_ONCE = 3  # runs of one person that may wait
ATTEMPTS = 3
MOST_VARIANTS = 2
_OPEN = [LaboratoryRun.State.WAITING, LaboratoryRun.State.WORKING]


class Busy(RuntimeError):
    """This person has as many runs waiting as one may have."""


class NotReady(RuntimeError):
    """Only what has a result is gone through again."""


class Faulty(ValueError):
    """Rules that nobody could put in force. `faults`: of each variant, why."""

    def __init__(self, faults: Sequence[list[Fault]]) -> None:
        super().__init__()
        self.faults = faults


def faults_of_variant(variant: Variant) -> list[Fault]:
    """Everything that stands against a variant by itself; what was really paid does not bind it."""
    faults = list(faults_of_terms(variant.terms))
    if not 0 < variant.budget_fen <= MONEY_FEN:
        faults.append(Fault(_("资金总额应大于 0 元，且不超过一万亿元"), "budget_fen"))
    return faults


def ask_for_run(
    *, scheme: Scheme, title: str, note: str, variants: Sequence[Variant], by: User, now: datetime
) -> LaboratoryRun:
    """Write down what is to be replayed; a worker goes through it. Raises Busy, Faulty; ValueError for 0 or 3 variants."""
    if not 1 <= len(variants) <= MOST_VARIANTS:
        raise ValueError("a run has one variant or two")
    faults = [faults_of_variant(each) for each in variants]
    if any(faults):
        raise Faulty(faults)
    with acting("ask_for_run", by=by, now=now):
        User.objects.select_for_update(no_key=True).get(pk=by.pk)  # two requests at once do not both count
        if LaboratoryRun.objects.filter(asked_by=by, state__in=_OPEN).count() >= AT_ONCE:
            raise Busy
        return LaboratoryRun.objects.create(
            scheme=scheme,
            title=title,
            note=note,
            variants=[each.as_json() for each in variants],
            asked_by=by,
            asked_at=now,
        )


def work_on_run(*, run_id: int, clock: Callable[[], datetime]) -> None:
    """Go through a run that is waited for, or one that shall be gone through again. What goes wrong ends in a sentence."""
    run = LaboratoryRun.objects.select_related("scheme").get(pk=run_id)
    if run.state == LaboratoryRun.State.READY:
        _again(run, clock)
    elif run.is_open and run.attempts >= ATTEMPTS:
        _give_up(run, _("几次推演都中断了，请联系管理员"), now=clock())
    elif run.is_open:
        rows = LaboratoryRun.objects.filter(pk=run_id)
        rows.update(state=LaboratoryRun.State.WORKING, attempts=F("attempts") + 1, progress=0)
        try:
            upto = last_rows(run.scheme)
            result = _gone_through(run, upto)
        except Exception:
            logger.exception("laboratory run %s could not be gone through", run_id)
            _give_up(run, _("推演时出现意外错误，我们已记录这个问题，请联系管理员"), now=clock())
            return
        rows.filter(state=LaboratoryRun.State.WORKING).update(
            state=LaboratoryRun.State.READY,
            progress=1,
            inputs=upto.as_json(),
            result=result,
            digest=digest_of(result),
            finished_at=clock(),
        )


def ask_to_repeat(*, run: LaboratoryRun, by: User, now: datetime) -> None:
    """Have a run gone through once more on the rows that it read then: it must come to the same. Raises NotReady."""
    with acting("ask_to_repeat", by=by, now=now):
        rows = LaboratoryRun.objects.filter(pk=run.pk, state=LaboratoryRun.State.READY)
        if not rows.update(repeat_asked_at=now, repeated_at=None, repeated_digest=""):
            raise NotReady


def _again(run: LaboratoryRun, clock: Callable[[], datetime]) -> None:
    if run.inputs is None or run.repeat_asked_at is None or run.repeated_at is not None:
        return
    try:
        digest = digest_of(_gone_through(run, ReadUpTo(**run.inputs)))
    except Exception:
        logger.exception("laboratory run %s could not be gone through again", run.pk)
        digest = ""
    asked = LaboratoryRun.objects.filter(pk=run.pk, repeat_asked_at=run.repeat_asked_at)
    asked.update(repeated_at=clock(), repeated_digest=digest)


def _gone_through(run: LaboratoryRun, upto: ReadUpTo) -> dict[str, Any]:
    """Reading counts as a third of the way; then the real rules and each variant have an equal part."""
    variants = [Variant.from_json(each) for each in run.variants]
    rows = LaboratoryRun.objects.filter(pk=run.pk, state=LaboratoryRun.State.WORKING)
    history = read_history(run.scheme, upto)

    def told(part: float) -> Callable[[float], object]:
        each = 2 / 3 / (1 + len(variants))
        return lambda done: rows.update(progress=1 / 3 + each * (part + done))

    control = replayed(history, None, told(0))
    found = [replayed(history, each, told(no)) for no, each in enumerate(variants, start=1)]
    return result_of(history, control, found)


def _give_up(run: LaboratoryRun, sentence: str, *, now: datetime) -> None:
    open_ones = LaboratoryRun.objects.filter(pk=run.pk, state__in=_OPEN)
    open_ones.update(state=LaboratoryRun.State.FAILED, failure=sentence[:200], finished_at=now)
