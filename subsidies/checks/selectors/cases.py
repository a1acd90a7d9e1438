"""Gathering a claim's case: the record, the register, both answers, the merchant's and agent point's standing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from core.shanghai import local_day, midnight
from ebikes.licensing.answers import Answer, ExingRecord
from ebikes.models import FiledBike
from ebikes.records.persons import Document, document
from merchants.models import AgentAuthorization, Merchant
from subsidies.cells.selectors.locks import lock_facts
from subsidies.checks.selectors.facts import exing_facts, plate_facts
from subsidies.claims.selectors.record import WITH
from subsidies.engine.case import Case, ExingFacts, Filing, Record, Rules
from subsidies.engine.stages import StageTerms
from subsidies.models import Claim, PolicyVersion
from subsidies.papers.selectors.in_force import papers_of

Periods = Mapping[int, list[tuple[date, date | None]]]


def load_cases(claim_ids: Sequence[int], *, now: datetime | None = None) -> list[tuple[Claim, Case]]:
    """The cases of those claims that both licensing systems have answered, with the papers that count at `now` (none
    without it); a fixed number of queries.
    """
    claims = list(
        Claim.objects.filter(pk__in=claim_ids, exing_answer__isnull=False, yunshenling_answer__isnull=False)
        .select_related(*WITH, "owner", "policy", "exing_answer", "yunshenling_answer")
        .defer("owner__id_no", "owner__name", "exing_answer__raw", "yunshenling_answer__raw")
        .order_by("pk")
    )
    filings = _filings({c.filing_plate_no for c in claims})
    periods = _periods({c.trade_in.agent_point_id for c in claims})
    rules = {policy.pk: rules_of(policy) for policy in {c.policy for c in claims}}
    papers = papers_of([c.pk for c in claims], day=local_day(now)) if now else {}
    locks = lock_facts([c.pk for c in claims])
    found = [
        (c, _case(c, filings.get((c.filing_plate_no, c.trade_in.district_id)), periods, rules[c.policy_id]))
        for c in claims
    ]
    return [
        (c, replace(case, papers=papers.get(c.pk, ()), taken_elsewhere=locks.get(c.pk))) for c, case in found
    ]


def rules_of(policy: PolicyVersion) -> Rules:
    """The engine's rules under one policy version: its own stages, whatever the scheme's have become since."""
    return Rules(
        stages=tuple(map(StageTerms.from_json, policy.stages)), filed_years_limit=policy.filed_years_limit
    )


def _filings(plates: set[str]) -> dict[tuple[str, int], Filing]:
    """By plate and the district in whose register it stands."""
    rows = FiledBike.objects.filter(filing_plate_no__in=plates).values_list(
        "filing_plate_no", "district", "owner__id_kind", "owner__number_index", "filed_on"
    )
    return {
        (plate, district): Filing(document(kind, number), filed_on)
        for plate, district, kind, number, filed_on in rows
    }


def _periods(points: set[int]) -> Periods:
    periods: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
    for entry in AgentAuthorization.objects.filter(agent_point__in=points):
        periods[entry.agent_point_id].append((entry.starts_on, entry.ends_on))
    return periods


def _case(claim: Claim, filing: Filing | None, periods: Periods, rules: Rules) -> Case:
    trade_in = claim.trade_in
    if claim.exing_answer is None or claim.yunshenling_answer is None:
        raise ValueError("a case needs both answers")
    return Case(
        record=Record(
            holder=document(claim.owner.id_kind, claim.owner.number_index),
            vehicle_code=claim.vehicle_code,
            deregistered_at=trade_in.deregistered_at,
            collected_at=trade_in.collected_at,
            purchased_at=trade_in.purchased_at,
            plated_at=trade_in.plated_at,
        ),
        filing=filing,
        exing=exing_facts(claim.exing_answer, claim.owner.id_kind),
        plate=plate_facts(claim.yunshenling_answer, claim.owner.id_kind),
        merchant_enabled_on=trade_in.merchant.trade_in_enabled_on,
        authorised=tuple(periods.get(trade_in.agent_point_id, ())),
        rules=rules,
    )


def case_before_sale(
    *,
    merchant: Merchant,
    plate: str,
    shown: Document,
    day: date,
    exing: Answer[ExingRecord] | None,
    policy: PolicyVersion,
) -> Case:
    """The case as it would stand if all that is still to be done were done at this shop on `day`.

    Where e行在线 does not answer (None, or unknown), the district's register speaks for it. There is no plate yet.
    A bike that was collected already was collected where e行在线 says, by a point of whatever merchant.
    """
    noon = midnight(day) + timedelta(hours=12)
    filing = _filings({plate}).get((plate, merchant.district_id))
    facts = _facts_before_sale(exing, filing, shown.kind)
    return Case(
        record=Record(shown.holder, "", noon, noon, noon, noon),
        filing=filing,
        exing=facts,
        plate=None,
        merchant_enabled_on=merchant.trade_in_enabled_on,
        authorised=tuple(_periods_before_sale(merchant, exing)),
        rules=rules_of(policy),
    )


def _facts_before_sale(
    exing: Answer[ExingRecord] | None, filing: Filing | None, id_kind: str
) -> ExingFacts | None:
    if exing is None or exing.outcome == "unknown":
        return ExingFacts(filing.holder, "", None, None) if filing else None
    said = exing.record
    if said is None:
        return None
    holder = Document(id_kind, said.id_no).holder
    return ExingFacts(holder, said.status, said.deregistered_at, said.collected_at)


def _periods_before_sale(
    merchant: Merchant, exing: Answer[ExingRecord] | None
) -> Iterable[tuple[date, date | None]]:
    """Of the point that collected the bike; of the shop's own where none has."""
    said = exing.record if exing else None
    periods = AgentAuthorization.objects.order_by("starts_on")
    if said is not None and said.collected_at is not None and said.agent_point_no:
        periods = periods.filter(
            agent_point__point_no=said.agent_point_no, agent_point__district=merchant.district_id
        )
    else:
        periods = periods.filter(agent_point__merchant=merchant)
    return periods.values_list("starts_on", "ends_on")
