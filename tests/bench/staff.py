"""The staff's pages, with a million claims that have been through everything, and with some thousands."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import Any
from urllib.parse import parse_qsl

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.local.scratch import coming_back, scratch_database
from core.models import User
from subsidies.models import Claim, PayoutBatch
from subsidies.states import OPEN, RESERVED
from tests.bench.many_claims import open_scheme
from tests.bench.many_events import live_through
from tests.bench.measure import RUNS, Comparison, compare, seconds

MANY, FEW = 1_000_000, 20_000
LOOKS = 3  # a run: their median is one figure
CLAIMS, WORK = "/admin/subsidies/claim/", "/admin/work/"
ACROSS = "action=approve&select_across=1"
DAY = "completed_at__gte=2022-07-04T00:00:00%2B08:00&completed_at__lt=2022-07-05T00:00:00%2B08:00"

# `{name}` is a row's key. What comes after ` < ` is sent in a form.
PAGES: dict[str, str] = {
    "home": "/admin/",
    "work list, to be reviewed": WORK,
    "work list, held": f"{WORK}?tab=holds",
    "work list, held for one reason": f"{WORK}?tab=holds&kind=burst",
    "work list, held for a week": f"{WORK}?tab=holds&days=7",
    "work list, to be corrected": f"{WORK}?tab=correction",
    "work list, failed payments": f"{WORK}?tab=failed",
    "next case": f"{WORK}next/?tab=holds",
    "case": f"{WORK}{{review}}/",
    "claim": f"{CLAIMS}{{paid}}/change/",
    "claims": CLAIMS,
    "claims, the last page": f"{CLAIMS}?p=20",
    "claims, paid": f"{CLAIMS}?state__exact=paid",
    "claims, waitlisted": f"{CLAIMS}?state__exact=waitlisted",
    "claims, settled": f"{CLAIMS}?state__exact=settled",
    "claims, approved": f"{CLAIMS}?state__exact=approved",
    "claims, eligible": f"{CLAIMS}?state__exact=eligible",
    "claims, checking": f"{CLAIMS}?state__exact=checking",
    "claims, received": f"{CLAIMS}?state__exact=received",
    "claims, in payout": f"{CLAIMS}?state__exact=in_payout",
    "claims, outcome unknown": f"{CLAIMS}?state__exact=payout_unknown",
    "claims, review": f"{CLAIMS}?state__exact=review",
    "claims, to be corrected": f"{CLAIMS}?state__exact=needs_correction",
    "claims, recovering": f"{CLAIMS}?state__exact=recovering",
    "claims, recovered": f"{CLAIMS}?state__exact=recovered",
    "claims, refused": f"{CLAIMS}?state__exact=refused",
    "claims, withdrawn": f"{CLAIMS}?state__exact=cancelled",
    "claims, a state that none has": f"{CLAIMS}?state__exact=objected",
    "claims, money set aside": f"{CLAIMS}?state__in={','.join(RESERVED)}&scheme__id__exact={{scheme}}",
    "claims, open": f"{CLAIMS}?state__in={','.join(OPEN)}&scheme__id__exact={{scheme}}",
    "claims, of a scheme": f"{CLAIMS}?scheme__id__exact={{scheme}}",
    "claims, of a stage": f"{CLAIMS}?stage__id__exact={{stage}}",
    "claims, of a stage and state": f"{CLAIMS}?stage__id__exact={{stage}}&state__exact=review",
    "claims, completed on a day": f"{CLAIMS}?scheme__id__exact={{scheme}}&{DAY}&state__in=paid,recovering",
    "claims, refused on a day": f"{CLAIMS}?scheme__id__exact={{scheme}}&{DAY}&state__in=refused",
    "claims, waiting up to a day": f"{CLAIMS}?waits=0",
    "claims, waiting over a week": f"{CLAIMS}?waits=3",
    "claims, in review for days": f"{CLAIMS}?state__exact=review&waits=2",
    "claims, held": f"{CLAIMS}?held=any",
    "claims, held for one reason": f"{CLAIMS}?held=burst",
    "claims, refused for a reason": f"{CLAIMS}?reason=not_filed",
    "claims, of a merchant": f"{CLAIMS}?merchant={{merchant}}",
    "claims, of a merchant in a state": f"{CLAIMS}?merchant={{merchant}}&state__exact=waitlisted",
    "what approving would do": f"{CLAIMS} < action=approve&_selected_action={{settled}}",
    "what approving all would do": f"{CLAIMS}?state__exact=settled < {ACROSS}&_selected_action={{settled}}",
    "trade-ins": "/admin/ebikes/tradein/",
    "trade-in": "/admin/ebikes/tradein/{trade_in}/change/",
    "filed bikes": "/admin/ebikes/filedbike/",
    "filed bikes, of a subdistrict": "/admin/ebikes/filedbike/?subdistrict=小河",
    "filed bike": "/admin/ebikes/filedbike/{trade_in}/change/",
    "answers": "/admin/ebikes/licensinganswer/",
    "answers, of a system": "/admin/ebikes/licensinganswer/?system__exact=exing",
    "answers, unknown": "/admin/ebikes/licensinganswer/?outcome__exact=unknown",
    "answers, none": "/admin/ebikes/licensinganswer/?problem=breaker_open",
    "answer": "/admin/ebikes/licensinganswer/{trade_in}/change/",
    "files": "/imports/",
    "file": "/imports/20/",
    "batches of rows": "/admin/ebikes/importbatch/",
    "batches of rows, forms": "/admin/ebikes/importbatch/?from=form",
    "batches of rows, bikes": "/admin/ebikes/importbatch/?from=all&kind__exact=filed_bikes",
    "batches of rows, none": "/admin/ebikes/importbatch/?kind__exact=merchants",
    "batches of rows, to confirm": "/admin/ebikes/importbatch/?from=all&state__exact=preview",
    "schemes": "/admin/subsidies/scheme/",
    "scheme": "/admin/subsidies/scheme/{scheme}/change/",
    "ledger": "/admin/subsidies/ledgerentry/",
    "ledger, paid": "/admin/subsidies/ledgerentry/?kind__exact=pay",
    "ledger, returned": "/admin/subsidies/ledgerentry/?kind__exact=return",
    "ledger, funded": "/admin/subsidies/ledgerentry/?kind__in=fund,cut&scheme__id__exact={scheme}",
    "ledger, paid in a stage": "/admin/subsidies/ledgerentry/?kind__exact=pay&stage__id__exact={stage}",
    "payout batches": "/admin/subsidies/payoutbatch/",
    "payout batches, drafts": "/admin/subsidies/payoutbatch/?state__exact=draft",
    "payout batch": "/admin/subsidies/payoutbatch/1/change/",
    "what releasing would do": "/admin/subsidies/payoutbatch/ < action=release&_selected_action={draft}",
    "payments": "/admin/subsidies/payoutline/",
    "payments, of a batch": "/admin/subsidies/payoutline/?batch__id__exact=1",
    "payments, failed": "/admin/subsidies/payoutline/?state__exact=failed",
    "payments, a search": "/admin/subsidies/payoutline/?q=L900",
    "merchants": "/admin/merchants/merchant/",
    "merchants without a letter": "/admin/merchants/merchant/?standing=-signed",
    "merchant": "/admin/shops/{merchant}/",
    "agent points": "/admin/merchants/agentpoint/",
    "report": "/admin/report/",
    "audit trail": "/admin/core/auditentry/",
    "audit trail, of a person": "/admin/core/auditentry/?by={person}",
    "audit trail, of nobody": "/admin/core/auditentry/?by=none",
    "audit trail, decisions": "/admin/core/auditentry/?action__exact=decide",
    "audit trail, deletions": "/admin/core/auditentry/?action__exact=delete",
    "audit trail, decisions of a person": "/admin/core/auditentry/?action__exact=decide&by={person}",
    "audit trail, of a kind of record": "/admin/core/auditentry/?object_type=subsidies.claim",
    "audit trail, of a record": "/admin/core/auditentry/?object_type=subsidies.claim&object_id={paid}",
    "audit trail, of a day": "/admin/core/auditentry/?at_from={day}&at_to={day}",
    "audit trail, of a person on a day": "/admin/core/auditentry/?at_from={day}&at_to={day}&by={person}",
    "exports": "/admin/core/export/",
    "asking for an export": "/admin/core/export/add/?list=subsidies.claim&filters=state__exact%3Dreview",
    "search, a record": "/admin/search/ < text=B900",
    "search, a plate": "/admin/search/ < text=杭B900",
    "search, a phone": "/admin/search/ < text=13800000000",
    "search, an ID number": "/admin/search/ < text=330105199001011234",
    "search, a vehicle": "/admin/search/ < text=123422000000900",
    "search, a payment": "/admin/search/ < text=L900",
    "search, a merchant": "/admin/search/ < text=号店",
    "users": "/admin/core/user/",
}
# These do work for each of the rows that they are about: they may take in proportion.
PROPORTIONAL = {
    *("what approving all would do", "what releasing would do"),
    *("claims, of a merchant in a state", "merchant", "report"),
}
TARGET, GENEROUS = 1.5, MANY / FEW


def staff(runs: int = RUNS) -> Iterator[Comparison]:
    """A row for each page."""
    call_command("collectstatic", verbosity=0, interactive=False)
    with _district_of(FEW) as in_few, _district_of(MANY) as in_many:
        for name, page in PAGES.items():
            pairs = [
                (in_many(partial(_median, page)), in_few(partial(_median, page))) for _run in range(runs)
            ]
            many, few = in_many(partial(_queries, page)), in_few(partial(_queries, page))
            yield compare(
                f"staff {name}",
                f"{name}, with {MANY:,} claims",
                f"the same with {FEW:,}",
                "ms",
                pairs,
                target=GENEROUS if name in PROPORTIONAL else TARGET,
                at_least=False,
                note=f"{many:.0f} queries against {few:.0f}",
            )


@contextmanager
def _district_of(count: int) -> Iterator[Callable[[Callable[[], float]], float]]:
    """A scratch database with so many claims and their history; yields a way to do something in it."""
    with scratch_database() as _env:
        live_through(open_scheme(budget_fen=30_000), count)
        User.objects.create(username="boss", is_staff=True, is_superuser=True)
        inside = coming_back()
        yield inside
        inside(lambda: 0.0)


def _opener(page: str) -> Callable[[], Any]:
    """Opens the page; it has been opened once. Raises RuntimeError where it is no page."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username="boss"))
    address, _posts, form = page.format(**keys()).partition(" < ")
    sent = dict(parse_qsl(form))

    def opened() -> Any:
        return client.post(address, sent) if sent else client.get(address)

    status = opened().status_code
    if status not in (200, 302):
        raise RuntimeError(f"{address}: {status}")
    return opened


def _median(page: str) -> float:
    opened = _opener(page)
    return 1000 * median(seconds(opened) for _look in range(LOOKS))


def _queries(page: str) -> float:
    opened = _opener(page)
    with CaptureQueriesContext(connection) as queries:
        opened()
    return len(queries)


def keys() -> dict[str, object]:
    """A row of each kind that the addresses name."""
    of = {
        state: Claim.objects.filter(state=state).order_by("-pk").values_list("pk", flat=True)[0]
        for state in ("review", "paid", "settled", "approved")
    }
    claim = Claim.objects.select_related("trade_in").get(pk=of["paid"])
    draft = PayoutBatch.objects.filter(state="draft").values_list("pk", flat=True).first()
    return {
        **of,
        "draft": draft,
        "trade_in": claim.trade_in_id,
        "merchant": claim.trade_in.merchant_id,
        "scheme": claim.scheme_id,
        "stage": claim.stage_id,
        "person": User.objects.get(username="staff5").pk,
        "day": timezone.localdate(),
    }
