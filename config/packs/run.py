"""Running a loaded district to its end: checks and payouts by Celery workers."""

import json
import time
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from config.local.background import LocalProcesses
from config.local.progress import Update
from core.models import User
from subsidies.models import Claim, PayoutBatch, Scheme
from subsidies.payees.selectors.names import to_be_asked
from subsidies.payouts.services.payouts import approve_claims, make_payouts, release_payout
from subsidies.states import DUE
from subsidies.tasks import sweep_checks, sweep_names, sweep_payouts

if TYPE_CHECKING:
    from celery import Task

TICK_SECONDS = 0.25


def check_all(processes: LocalProcesses, *, update: Update) -> None:
    """Let the workers ask the licensing systems until no claim is waiting for an answer."""
    total = Claim.objects.count()
    _until_done(processes, sweep_checks, lambda: Claim.objects.filter(state__in=DUE).count(), total, update)


def pay_all(
    processes: LocalProcesses,
    scheme: Scheme,
    *,
    stage_no: int | None,
    people: tuple[User, User, User],
    update: Update,
) -> None:
    """Approve, make, release and send the payment of every settled claim, of one stage or of all.

    `people` are approver, maker and releaser. Returns when the operator has answered for every line.
    """
    approver, maker, releaser = people
    claims = Claim.objects.filter(scheme=scheme)
    if stage_no is not None:
        claims = claims.filter(stage__no=stage_no)
    approve_claims(claims=claims, by=approver, now=timezone.now())
    asked = to_be_asked()
    _until_done(processes, sweep_names, asked.count, max(1, asked.count()), lambda _part: None)
    made = make_payouts(scheme=scheme, claims=claims, by=maker, now=timezone.now())
    for batch in made.batches:
        release_payout(batch=batch, by=releaser, now=timezone.now())
    numbers = [batch.pk for batch in made.batches]
    unfinished = PayoutBatch.objects.filter(pk__in=numbers).exclude(state=PayoutBatch.State.FINISHED)
    _until_done(processes, sweep_payouts, unfinished.count, len(numbers), update)


def _until_done(
    processes: LocalProcesses, sweep: "Task[[], int]", waiting: Callable[[], int], total: int, update: Update
) -> None:
    """Be the workers' clock until nothing waits: sweeps find the work, and a fallen process is started again."""
    ticks = 0
    while left := waiting():
        update((total - left) / total)
        if ticks % 4 == 0:
            for _worker in range(2):
                sweep.delay()
        processes.tend()
        time.sleep(TICK_SECONDS)
        ticks += 1
    update(1.0)


def operator_book(processes: LocalProcesses) -> dict[str, Any]:
    """What the digital-yuan operator says that it paid out: counts, and numbers paid twice."""
    request = urllib.request.Request(f"{processes.env['ECNY_URL']}/ecny/book")  # noqa: S310 - our own stub
    request.add_header("Authorization", f"Bearer {settings.ECNY_TOKEN}")
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        book: dict[str, Any] = json.load(answer)
    return book
