"""Every page asks the database as often with three of everything as with twelve."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import AuditEntry
from ebikes.models import ImportRow, Owner, TradeInPhoto
from subsidies.models import Claim, Hold
from subsidies.review.services.holds import place_holds
from subsidies.schemes.selectors.terms import Proposal, Terms
from subsidies.schemes.services.changes import propose_change
from subsidies.states import ClaimState
from tests.admin.district import ASKED_FOR, EDITABLE, READ_ONLY, url
from tests.factories import NOW, UserFactory, make_claim, make_scheme

pytestmark = pytest.mark.django_db
MODELS = [*READ_ONLY, *EDITABLE, *ASKED_FOR]
FEW, MANY = 3, 12
KINDS = [Hold.Kind.BURST, Hold.Kind.MISMATCH]


@pytest.fixture
def generous(district):
    """A district whose scheme lets one owner have many subsidies, so that one record's page can be about many."""
    district.scheme = make_scheme(per_person_cap=100)
    return district


def count_queries(client, pages):
    """How many queries each page needs, the second time that it is opened."""
    found = {}
    for address, sent in pages:
        client.post(address, sent) if sent else client.get(address)
        with CaptureQueriesContext(connection) as queries:
            response = client.post(address, sent) if sent else client.get(address)
        assert response.status_code in (200, 302), (address, response.status_code)
        found[address, str(sent or "")] = len(queries)
    return found


def unequal(before, after):
    """The pages whose number of queries has changed, with both numbers."""
    return {page: (before[page], after[page]) for page in before if before[page] != after[page]}


def live(district, *, beside=None):
    """One more of everything, with what may happen to it: held, in review, paid, looked at, photographed."""
    claim = district.grow(beside=beside)
    for state in ("review", "needs_correction"):
        make_claim(district.scheme, state=state)
    for kind in KINDS:
        place_holds(kind=kind, evidence={claim.pk: {"claims": 9}}, by=None, now=NOW)
    paid = district.grow(beside=beside)
    TradeInPhoto.objects.create(
        kind="invoice", trade_in=paid.trade_in, name=f"{paid.pk:032}", digest="x", width=1, height=1,
        added_by=district.maker, added_at=NOW,
    )  # fmt: skip
    line = ImportRow.objects.filter(batch=paid.trade_in.batch).count() + 1
    ImportRow.objects.create(batch=paid.trade_in.batch, line=line, verdict="accepted")
    AuditEntry.objects.create(
        action="search", by=UserFactory(is_staff=True), detail={"found": {"subsidies.claim": 1}}
    )
    return claim, paid


def lists_of(model, boss):
    """A model's list, and as each of its filters' choices leaves it."""
    page = admin.site.get_model_admin(model)
    request = RequestFactory().get(url(model, "changelist"))
    request.user = boss
    changelist = page.get_changelist_instance(request)
    chosen = [
        choice["query_string"]
        for spec in changelist.filter_specs
        for choice in list(spec.choices(changelist))[1:]
        if "query_string" in choice
    ]
    return [url(model, "changelist") + query for query in ("", *chosen)]


@pytest.mark.parametrize("model", [model for model in MODELS if model is not Owner])  # no list: a search
def test_a_list_and_its_filters(client, boss, district, model):
    district.pay(*(live(district)[1] for _ in range(FEW)))
    pages = [(address, None) for address in lists_of(model, boss)]
    before = count_queries(client, pages)
    district.pay(*(live(district)[1] for _ in range(MANY - FEW)))
    assert unequal(before, count_queries(client, pages)) == {}


def test_claims_in_each_state(client, district):
    states = ("review", "waitlisted", "checking", "needs_correction")
    addresses = [f"{url(Claim, 'changelist')}?state__exact={state.value}" for state in ClaimState]
    for state in states:
        for _ in range(FEW):
            make_claim(district.scheme, state=state)
    pages = [(address, None) for address in addresses]
    before = count_queries(client, pages)
    for state in states:
        for _ in range(MANY - FEW):
            make_claim(district.scheme, state=state)
    assert unequal(before, count_queries(client, pages)) == {}


@pytest.mark.parametrize("model", MODELS)
def test_a_records_page(client, generous, model):
    claims = [live(generous)]
    claims += [live(generous, beside=claims[0][0]) for _ in range(FEW - 1)]
    generous.pay(*(paid for _claim, paid in claims))
    pages = [(url(model, "change", model._default_manager.order_by("pk")[0].pk), None)]
    before = count_queries(client, pages)
    more = [live(generous, beside=claims[0][0]) for _ in range(MANY - FEW)]
    generous.pay(*(paid for _claim, paid in more))
    assert unequal(before, count_queries(client, pages)) == {}


def test_the_pages_beside_the_lists(client, generous):
    first, paid = live(generous)
    others = [live(generous, beside=first) for _ in range(FEW - 1)]
    batch = generous.pay(paid, *(each for _claim, each in others))
    proposal = Proposal(Terms.of(first.policy), "区财政追加", 30_000, "拱财〔2022〕7号")
    change = propose_change(scheme=first.scheme, proposal=proposal, by=UserFactory(), now=NOW)
    pages = staff_pages(first, batch, change)
    before = count_queries(client, pages)
    more = [live(generous, beside=first) for _ in range(MANY - FEW)]
    generous.pay(*(each for _claim, each in more))
    assert unequal(before, count_queries(client, pages)) == {}


def staff_pages(claim, batch, change):
    """Every page of the staff's beside lists and records, some as the answer to a form."""
    merchant = claim.trade_in.merchant
    named = {
        **{name: [] for name in ("admin:index", "staff-work", "staff-report", "imports", "staff-search")},
        "staff-case": [claim.pk],
        "staff-merchant": [merchant.pk],
        "staff-scheme-propose": [claim.scheme_id],
        "staff-change": [change.pk],
        "import": [claim.trade_in.batch_id],
        "admin:core_export_add": [],
        "staff-report-xlsx": [],
    }
    addresses = [reverse(name, args=args) for name, args in named.items()]
    addresses += [f"{reverse('staff-work')}?tab={tab}" for tab in ("holds", "correction", "failed")]
    addresses += [f"{reverse('staff-work')}?tab=holds&kind=burst&days=1"]
    addresses += [f"{reverse('admin:core_export_add')}?list=subsidies.claim"]
    addresses += [reverse("staff-merchant-xlsx", args=[merchant.pk, "2022-06"])]
    addresses += [reverse("staff-claim-verb", args=[claim.pk, verb]) for verb in ("hold", "refuse")]
    addresses += [reverse("staff-batch-verb", args=[batch.pk, verb]) for verb in ("release", "discard")]
    everybody = {"select_across": "1", "_selected_action": [claim.pk]}
    questions = [{"action": verb, **everybody} for verb in ("approve", "hold", "refuse", "order_payment")]
    texts = (claim.trade_in.record_no, "13912345678", batch.request_no, merchant.uscc)
    return [
        *((address, None) for address in addresses),
        *((url(Claim, "changelist"), sent) for sent in questions),
        *((reverse("staff-search"), {"text": text}) for text in texts),
    ]
