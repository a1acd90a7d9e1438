"""Gathering a claim's case: the record, the register, both answers, the merchant's and agent point's standing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from ebikes.models import FiledBike
from merchants.models import AgentAuthorization
from subsidies.checks.selectors.facts import exing_facts, plate_facts
from subsidies.engine.case import Case, Filing, Record, Rules, StageWindow
from subsidies.models import Claim, PolicyVersion
from subsidies.schemes.plans import StagePlan

Periods = Mapping[int, list[tuple[date, date | None]]]


def load_cases(claim_ids: Sequence[int]) -> list[tuple[Claim, Case]]:
    """The cases of those claims that both licensing systems have answered; a fixed number of queries."""
    claims = list(
        Claim.objects.filter(pk__in=claim_ids, exing_answer__isnull=False, yunshenling_answer__isnull=False)
        .select_related("trade_in__merchant", "owner", "policy", "exing_answer", "yunshenling_answer")
        .defer(
            "trade_in__phone",
            "trade_in__wallet_no",
            "owner__id_no",
            "exing_answer__raw",
            "yunshenling_answer__raw",
        )
        .order_by("pk")
    )
    filings = _filings({c.filing_plate_no for c in claims})
    periods = _periods({c.trade_in.agent_point_id for c in claims})
    rules = {policy.pk: rules_of(policy) for policy in {c.policy for c in claims}}
    return [(c, _case(c, filings.get(c.filing_plate_no), periods, rules[c.policy_id])) for c in claims]


def rules_of(policy: PolicyVersion) -> Rules:
    """The engine's rules under one policy version: its own stages, whatever the scheme's have become since."""
    stages = map(StagePlan.from_json, policy.stages)
    return Rules(
        stages=tuple(StageWindow(s.no, s.starts_on, s.ends_on, s.amount_fen) for s in stages),
        filed_years_limit=policy.filed_years_limit,
    )


def _filings(plates: set[str]) -> dict[str, Filing]:
    rows = FiledBike.objects.filter(filing_plate_no__in=plates).values_list(
        "filing_plate_no", "owner__id_index", "filed_on"
    )
    return {plate: Filing(bytes(holder), filed_on) for plate, holder, filed_on in rows}


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
            holder=bytes(claim.owner.id_index),
            vehicle_code=claim.vehicle_code,
            deregistered_at=trade_in.deregistered_at,
            collected_at=trade_in.collected_at,
            purchased_at=trade_in.purchased_at,
            plated_at=trade_in.plated_at,
        ),
        filing=filing,
        exing=exing_facts(claim.exing_answer),
        plate=plate_facts(claim.yunshenling_answer),
        merchant_enabled_on=trade_in.merchant.trade_in_enabled_on,
        authorised=tuple(periods.get(trade_in.agent_point_id, ())),
        rules=rules,
    )
