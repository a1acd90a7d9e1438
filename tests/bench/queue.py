"""One more claim, and the list pages, with a million claims in the queue and with a thousand."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from stdnum.iso7064 import mod_11_2

from config.local.scratch import coming_back, scratch_database
from core.models import User
from merchants.models import AgentPoint
from subsidies.claims.selectors.place import place_of
from subsidies.intake.services.submit import submit_trade_in
from subsidies.models import Claim, Scheme
from tests.bench.many_claims import a_clerk, gather, open_scheme
from tests.bench.measure import RUNS, Comparison, compare, seconds

MANY, FEW = 1_000_000, 1_000
ID_BODY = "33010519900101123"
SUBMISSIONS = 20  # a run: its median is one figure
PAGES = {
    "portal": "/portal/claims/",
    "portal, a search": "/portal/claims/?q=B900",
    "admin, claims": "/admin/subsidies/claim/",
    "admin, trade-ins": "/admin/ebikes/tradein/",
    "admin, a search": "/admin/search/",
}


def long_queues(runs: int = RUNS) -> Iterator[Comparison]:
    """A row for the new claim, and one for each list page."""
    call_command("collectstatic", verbosity=0, interactive=False)
    with _queue_of(FEW) as in_few, _queue_of(MANY) as in_many:
        pairs = [(in_many(_submissions), in_few(_submissions)) for _run in range(runs)]
        yield compare(
            "new_claim",
            f"one new claim with {MANY:,} in the queue: submit to place known",
            f"the same with {FEW:,}",
            "s",
            pairs,
            target=1.5,
            at_least=False,
        )
        for name, url in PAGES.items():
            few, many = in_few(lambda url=url: _queries(url)), in_many(lambda url=url: _queries(url))  # type: ignore[misc]
            pages = [
                (in_many(lambda url=url: _page(url)), in_few(lambda url=url: _page(url)))  # type: ignore[misc]
                for _run in range(runs)
            ]
            yield compare(
                f"page {url}",
                f"list page ({name}) with {MANY:,} claims",
                f"the same with {FEW:,}",
                "s",
                pages,
                target=1.5,
                at_least=False,
                note=f"{many} queries against {few}",
            )


@contextmanager
def _queue_of(count: int) -> Iterator[Callable[[Callable[[], float]], float]]:
    """A scratch database with so many claims; yields a way to do something in it."""
    with scratch_database() as _env:
        gather(open_scheme(budget_fen=30_000), count)
        a_clerk()
        User.objects.create(username="staff", is_staff=True, is_superuser=True)
        inside = coming_back()
        yield inside
        inside(lambda: 0.0)


def _submissions() -> float:
    """The median seconds of some submissions, each until its place is known."""
    scheme, point = Scheme.objects.get(), AgentPoint.objects.select_related("merchant").order_by("pk")[7]
    first = Claim.objects.count()
    return median(seconds(lambda n=n: _submit(scheme, point, n)) for n in range(first, first + SUBMISSIONS))  # type: ignore[misc]


def _submit(scheme: Scheme, point: AgentPoint, number: int) -> None:
    cells = {
        "record_no": f"N{number}",
        "filing_plate_no": f"杭N{number}",
        "owner_name": "王小芳",
        "id_no": ID_BODY + mod_11_2.calc_check_digit(ID_BODY),
        "phone": "13800000000",
        "merchant_uscc": point.merchant.uscc,
        "agent_point_no": point.point_no,
        "deregistered_at": "2022-07-02 09:00:00",
        "collected_at": "2022-07-02 09:30:00",
        "purchased_at": "2022-07-02 10:00:00",
        "plated_at": "2022-07-02 10:30:00",
        "vehicle_code": f"543222{number:09}",
        "digital_plate_no": f"浙N{number}",
    }
    taken = submit_trade_in(cells=cells, merchant=point.merchant, by=None, now=timezone.now())
    place_of(taken.claim)


def _client(url: str) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username="staff" if url.startswith("/admin") else "clerk"))
    return client


def _open(client: Client, url: str) -> Any:
    """The page; of the staff's search, the answer to what is looked for."""
    return client.post(url, {"text": "B900"}) if url == reverse("staff-search") else client.get(url)


def _page(url: str) -> float:
    client = _client(url)
    _open(client, url)
    return seconds(lambda: _open(client, url))


def _queries(url: str) -> float:
    client = _client(url)
    _open(client, url)
    with CaptureQueriesContext(connection) as queries:
        answer = _open(client, url)
    if answer.status_code != 200:
        raise RuntimeError(f"{url}: {answer.status_code}")
    return len(queries)
