"""The hour before a tier ends: an idle sweep over a long queue, and everybody sending at once."""

import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.management import call_command
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import Client, override_settings
from django.urls import path
from django.utils import timezone
from stdnum.iso7064 import mod_11_2

from config import urls
from config.local.scratch import coming_back, scratch_database
from core.models import User
from core.privacy.sealing import blind_index
from ebikes.models import ImportBatch, ImportRow, Owner, TradeIn, TradeInDraft
from merchants.models import AgentPoint, Membership
from subsidies.allocation.services.allocate import allocate
from subsidies.intake.services.drafts import open_draft, save_draft
from subsidies.models import Claim, Scheme
from tests.bench.many_claims import gather, open_scheme
from tests.bench.measure import RUNS, Comparison, compare, seconds
from tests.factories import lay_member

MANY, FEW = 1_000_000, 1_000
CLERKS, EACH = 8, 30  # processes, and what each of them sends in a run
SWEEPS = 20


def rush(runs: int = RUNS) -> Iterator[Comparison]:
    """A row for the sweep, and one for those who send."""
    call_command("collectstatic", verbosity=0, interactive=False)
    with _queue_of(FEW) as in_few, _queue_of(MANY) as in_many:
        yield compare(
            "idle_sweep",
            f"an idle sweep with {MANY:,} claims (reach: 20 ms)",
            f"the same with {FEW:,}",
            "ms",
            [(in_many(_sweep), in_few(_sweep)) for _run in range(runs)],
            target=2,
            at_least=False,
        )
        pairs = [
            (
                in_many(lambda: _submissions("/portal/drafts/{}/submit/")),
                in_many(lambda: _submissions("/bare/{}/")),
            )
            for _run in range(runs)
        ]
        yield compare(
            "submissions",
            f"records sent by {CLERKS} processes at once, {MANY:,} in the queue",
            "the same rows inserted by a view without our rules",
            "records/s",
            pairs,
            target=0.5,
            at_least=True,
        )


@contextmanager
def _queue_of(count: int) -> Iterator[Callable[[Callable[[], float]], float]]:
    """A scratch database with so many claims, walked once; yields a way to do something in it."""
    with scratch_database() as _env:
        scheme = open_scheme(budget_fen=30_000)
        gather(scheme, count)
        allocate(scheme=scheme, now=timezone.now())
        for number, point in enumerate(AgentPoint.objects.order_by("pk")[:CLERKS]):
            clerk = User.objects.create(username=f"clerk{number}")
            lay_member(clerk, point.merchant, "clerk")
        inside = coming_back()
        yield inside
        inside(lambda: 0.0)


def _sweep() -> float:
    scheme = Scheme.objects.get()
    return 1000 * median(
        seconds(lambda: allocate(scheme=scheme, now=timezone.now())) for _each in range(SWEEPS)
    )


def _submissions(address: str) -> float:
    """Records a second, each clerk in a process of its own, from drafts that wait to be sent."""
    drafts = {clerk.pk: _drafts_of(clerk) for clerk in User.objects.filter(username__startswith="clerk")}
    fork = multiprocessing.get_context("fork")
    ready = fork.Barrier(CLERKS + 1)
    clerks = [fork.Process(target=_send, args=(*each, address, ready)) for each in drafts.items()]
    connection.close()
    for clerk in clerks:
        clerk.start()
    ready.wait()
    started = time.perf_counter()
    for clerk in clerks:
        clerk.join()
    if any(clerk.exitcode for clerk in clerks):
        raise RuntimeError(f"{address}: not every record was taken")
    return CLERKS * EACH / (time.perf_counter() - started)


def _send(clerk: int, drafts: list[int], address: str, ready: Any) -> None:
    failed = 1
    try:
        with override_settings(ROOT_URLCONF=__name__):
            client = Client(SERVER_NAME="localhost")
            client.force_login(User.objects.get(pk=clerk))
            client.get("/portal/precheck/")  # nothing is loaded for the first time any more
            ready.wait()
            failed = sum(client.post(address.format(draft)).status_code != 302 for draft in drafts)
    finally:
        connection.close()
        os._exit(int(failed > 0))


def _drafts_of(clerk: User) -> list[int]:
    merchant = Membership.objects.select_related("merchant").get(user=clerk).merchant
    point = AgentPoint.objects.filter(merchant=merchant)[0]
    drafts = []
    for _each in range(EACH):
        draft = open_draft(merchant=merchant, by=clerk, now=timezone.now())
        save_draft(draft=draft, cells=_cells(draft.pk, point), now=timezone.now())
        drafts.append(draft.pk)
    return drafts


def _cells(number: int, point: AgentPoint) -> dict[str, str]:
    body = f"330105{1950 + number % 50}0101{number // 50 % 1000:03}"
    return {
        "filing_plate_no": f"杭N{number}",
        "owner_name": "王小芳",
        "id_no": body + mod_11_2.calc_check_digit(body),
        "phone": "13800000000",
        "agent_point_no": point.point_no,
        "deregistered_at": "2022-07-02 09:00:00",
        "collected_at": "2022-07-02 09:30:00",
        "purchased_at": "2022-07-02 10:00:00",
        "plated_at": "2022-07-02 10:30:00",
        "vehicle_code": f"543222{number:09}",
        "digital_plate_no": f"浙N{number}",
    }


@login_required
def bare(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows of one submission, and nothing read, judged, compared or locked. History and audit are the database's own."""
    now = timezone.now()
    with transaction.atomic():
        draft = TradeInDraft.objects.select_related("merchant").get(pk=pk)
        cells = json.loads(draft.cells)
        batch = ImportBatch.objects.create(
            kind="trade_ins", source="form", state="confirmed", merchant=draft.merchant, uploaded_at=now, confirmed_at=now
        )  # fmt: skip
        ImportRow.objects.create(
            batch=batch, line=1, record_no=cells["record_no"], verdict="accepted", cells="{}"
        )
        index = blind_index(f"{cells['id_no']} {pk}", context="ebikes.owner")
        owner = Owner.objects.create(
            id_kind=cells["id_kind"], id_no=cells["id_no"], name=cells["owner_name"],
            id_index=index, number_index=index
        )  # fmt: skip
        times = {key: cells[key] + "+08:00" for key in cells if key.endswith("_at")}
        codes = {
            key: cells[key] for key in ("record_no", "filing_plate_no", "vehicle_code", "digital_plate_no")
        }
        trade_in = TradeIn.objects.create(
            owner=owner, owner_name=cells["owner_name"], phone=cells["phone"], merchant=draft.merchant, batch=batch,
            agent_point=AgentPoint.objects.get(point_no=cells["agent_point_no"]), content_index=index, batch_line=1,
            received_at=now, **codes, **times
        )  # fmt: skip
        scheme = Scheme.objects.get()
        Claim.objects.create(
            scheme=scheme, trade_in=trade_in, owner=owner, filing_plate_no=codes["filing_plate_no"],
            vehicle_code=codes["vehicle_code"], stage=scheme.stages.get(no=2), amount_fen=20_000, received_at=now,
            completed_at=times["plated_at"], completed_by="plated_at", policy=scheme.policies.get(), next_check_at=now
        )  # fmt: skip
        draft.trade_in = trade_in
        draft.save(update_fields=["trade_in"])
    return HttpResponseRedirect("/")


urlpatterns = [*urls.urlpatterns, path("bare/<int:pk>/", bare)]
