"""Whether what became of a payment is what the operator said: in an answer that it signed, as it was kept; or two people."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings

from core.decisions import unmarked
from core.privacy.sealing import UnreadableSecret
from ebikes.licensing.errors import TransportError
from ebikes.licensing.responses import decode_json
from ebikes.licensing.signatures import proves
from subsidies import marked
from subsidies.models import Difference, LineEvidence, OperatorAnswer, OperatorPayment, PayoutLine
from subsidies.payouts.judge import judge_again

State = PayoutLine.State
Told = set[tuple[str, str]]  # the number of a payment, and what became of it


def unproved_outcomes(lines: Iterable[PayoutLine]) -> set[int]:
    """Those of these payments, by their ids, that are over without anybody's word that bears a signature or a mark.

    That one came back after it was made is read in a statement, and marked. A fixed number of queries.
    """
    over = [line for line in lines if line.state in (State.SUCCESS, State.FAILED, State.RETURNED)]
    said = _by_the_operator(over) | _by_people(over)
    became = {line.pk: State.FAILED if line.state == State.FAILED else State.SUCCESS for line in over}
    untold = {line.pk for line in over if (line.request_no, became[line.pk]) not in said}
    return untold | unmarked(marked.RETURNED, [line.pk for line in over if line.state == State.RETURNED])


def forged_answers(answers: Iterable[OperatorAnswer]) -> set[int]:
    """Those of the answers that were believed, by their ids, which the operator did not sign, or which do not open."""
    return {answer.pk for answer in answers if not answer.problem and body_of(answer) is None}


def body_of(answer: OperatorAnswer) -> Any:
    """What an answer says, where the operator signed just that; None where it is not believed."""
    try:
        raw = answer.raw
        if settings.OPERATOR_SIGNED and not proves(
            answer.proof, answer.http_status or 0, raw, settings.OPERATOR_PUBLIC_KEY
        ):
            return None
        return decode_json(raw)
    except (UnreadableSecret, TransportError):
        return None


def read_back(numbers: Iterable[str]) -> list[OperatorPayment]:
    """Those of these payments that stood in the operator's book when a process of ours read it."""
    found = {each.pk: each for each in OperatorPayment.objects.filter(number__in=list(numbers))}
    for forged in unmarked(marked.BOOK_READ, list(found)):
        del found[forged]
    return list(found.values())


def _by_the_operator(lines: Sequence[PayoutLine]) -> Told:
    of_batch: dict[int, list[PayoutLine]] = defaultdict(list)
    for line in lines:
        of_batch[line.batch_id].append(line)
    answers = OperatorAnswer.objects.filter(
        batch__in=of_batch, problem="", asked=OperatorAnswer.Asked.QUERIED
    )
    told: Told = set()
    for answer in answers.select_related("batch"):
        body = body_of(answer)
        if body is not None:
            told |= set(judge_again(body, answer.batch, of_batch[answer.batch_id]).items())
    return told


def _by_people(lines: Sequence[PayoutLine]) -> Told:
    numbers = {line.pk: line.request_no for line in lines}
    evidence = LineEvidence.objects.filter(line__in=numbers, state=LineEvidence.State.APPROVED)
    differences = Difference.objects.filter(
        number__in=numbers.values(), state=Difference.State.SIGNED, resolution=Difference.Resolution.PAID
    )
    found = {each.pk: (numbers[each.line_id], each.outcome) for each in evidence}
    for kind in (marked.EVIDENCE_PROPOSED, marked.EVIDENCE_DECIDED):
        for forged in unmarked(kind, list(found)):
            del found[forged]
    signed = dict(differences.values_list("pk", "number"))
    for kind in (marked.DIFFERENCE_PROPOSED, marked.DIFFERENCE_SIGNED):
        for forged in unmarked(kind, list(signed)):
            del signed[forged]
    there = [each.number for each in read_back(numbers.values())]
    return {*found.values(), *((number, State.SUCCESS.value) for number in (*signed.values(), *there))}
