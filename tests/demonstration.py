"""The demonstration's district, small and in this process: what `make demo` shows, in a few seconds."""

import io
import json
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone
from rich.console import Console

from config.demonstration.undecided import leave_work, look_for_signals
from config.demonstration.work_by_role import leave_work_by_role
from config.local.progress import Steps
from config.packs.load import load_registers, load_scheme, load_trade_ins
from config.packs.logins import STAFF, in_role, make_staff, scheme_makers
from core.database.owner import owning
from ebikes.licensing.stub.world import load_world
from ebikes.synthetic import write_district, write_supervision
from subsidies.allocation.services.allocate import allocate
from subsidies.models import Claim, Scheme
from subsidies.payouts.services.payouts import approve_claims, make_payouts, release_payout
from subsidies.states import ClaimState
from subsidies.tasks import sweep_checks, sweep_payouts
from tests.subsidies.outside import Outside, at_work

BIKES, TRADE_INS, WALK_INS = 600, 300, 3
BUDGET_FEN = 6_600_000  # the money ends in the third stage, as it does in the large one


def make_demonstration(folder: Path, settings: Any) -> Scheme:
    """The steps of `manage.py demo`, with the outside systems in a thread; everybody of the staff is there."""
    write_district(folder, bikes=BIKES, trade_ins=TRADE_INS, walk_ins=WALK_INS)
    _less_money(folder / "scheme.json")
    steps, officer = Steps(Console(file=io.StringIO())), in_role("officer")
    scheme = load_scheme(folder, people=scheme_makers())
    load_registers(folder, by=officer, steps=steps)
    write_supervision()
    load_trade_ins(folder, by=officer, steps=steps)
    _count_rows()
    leave_work()
    world = load_world(exing=folder / "exing.csv", yunshenling=folder / "yunshenling.csv")
    with at_work(Outside(world), settings):
        _patiently(settings)
        while Claim.objects.filter(state__in=[ClaimState.RECEIVED, ClaimState.CHECKING]).exists():
            sweep_checks()
        allocate(scheme=scheme, now=timezone.now())
        look_for_signals()
        _pay_first_stage(scheme)
    leave_work_by_role(scheme, folder)
    for username in STAFF:
        in_role(username)
    return Scheme.objects.get(pk=scheme.pk)


def _count_rows() -> None:
    """The planner's statistics are of what other tests took back: it would go through all pairs of rows, as of none."""
    with owning(), connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _patiently(settings: Any) -> None:
    """On a busy machine the systems may be slow to answer: nobody is put off for long."""
    settings.OUTSIDE = settings.OUTSIDE | {"connect_timeout": 30.0, "timeout": 60.0}
    settings.CHECK_RETRY_SECONDS = 0.0


def _less_money(path: Path) -> None:
    plan = json.loads(path.read_text(encoding="utf-8"))
    plan["budget_fen"] = BUDGET_FEN
    plan["stages"][0]["cap_fen"] = None
    path.write_text(json.dumps(plan, ensure_ascii=False), encoding="utf-8")


def _pay_first_stage(scheme: Scheme) -> None:
    approver, maker, releaser = make_staff()
    claims = Claim.objects.filter(scheme=scheme, stage__no=1)
    approve_claims(claims=claims, by=approver, now=timezone.now())
    for batch in make_payouts(scheme=scheme, claims=claims, by=maker, now=timezone.now()).batches:
        release_payout(batch=batch, by=releaser, now=timezone.now())
    while sweep_payouts():
        pass
