"""Setting a scheme up: its stages, the first version of its policy, its budget."""

from datetime import datetime

from django.db import transaction

from core.models import User
from subsidies.ledger.services.append import fund_scheme
from subsidies.models import PolicyVersion, Scheme, Stage
from subsidies.schemes.plans import SchemePlan


@transaction.atomic
def create_scheme(plan: SchemePlan, *, by: User | None, now: datetime) -> Scheme:
    """Create a scheme with its stages, policy version 1 and its first funding."""
    scheme = Scheme.objects.create(
        code=plan.code,
        name=plan.name,
        filing_plate_pattern=plan.filing_plate_pattern,
        digital_plate_pattern=plan.digital_plate_pattern,
    )
    Stage.objects.bulk_create(
        Stage(
            scheme=scheme,
            no=s.no,
            starts_on=s.starts_on,
            ends_on=s.ends_on,
            amount_fen=s.amount_fen,
            cap_fen=s.cap_fen,
        )
        for s in plan.stages
    )
    PolicyVersion.objects.create(
        scheme=scheme,
        version=1,
        head_of_line=plan.head_of_line,
        per_person_cap=plan.per_person_cap,
        filed_years_limit=plan.filed_years_limit,
        settle_lag_hours=plan.settle_lag_hours,
        stages=[each.as_json() for each in sorted(plan.stages, key=lambda each: each.no)],
        created_at=now,
        created_by=by,
    )
    fund_scheme(scheme=scheme, amount_fen=plan.budget_fen, by=by, now=now)
    return Scheme.objects.get(pk=scheme.pk)
