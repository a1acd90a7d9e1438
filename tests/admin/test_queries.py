"""Every page asks the database as often with three of everything as with seven.

The district is made once in each size, in a database of its own, the larger one grown from a copy of the smaller.
"""

import os

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import connection, reset_queries, transaction
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.local.scratch import copy_database, drop_database, inside, make_database
from core.audit.record import Action, record
from core.models import User
from ebikes.models import ImportRow, Owner, TradeInPhoto
from subsidies.models import Claim, Hold, PayoutBatch, Scheme, SchemeChange
from subsidies.review.services.holds import place_holds
from subsidies.schemes.selectors.terms import Proposal, Terms
from subsidies.schemes.services.changes import propose_change
from subsidies.states import ClaimState
from tests.admin.district import ASKED_FOR, EDITABLE, READ_ONLY, District, logged_in, url
from tests.factories import NOW, UserFactory, change_rights, make_claim, make_scheme

MODELS = [*READ_ONLY, *EDITABLE, *ASKED_FOR]
FEW, MANY = 3, 7
KINDS = [Hold.Kind.BURST, Hold.Kind.MISMATCH]


@pytest.fixture(scope="module")
def sizes(django_db_setup, django_db_blocker):
    """The databases with the smaller and the larger district."""
    few, many = (f"test_{os.getpid()}_{size}" for size in ("few", "many"))
    with django_db_blocker.unblock():
        make_database(few)
        with inside(few):
            settle()
        copy_database(few, many)
        with inside(many):
            grow(MANY - FEW)
        yield few, many
        for name in (few, many):
            drop_database(name)


def settle():
    """A boss, and a district whose scheme lets one owner have many subsidies, so that a record's page can be about many."""
    UserFactory(username="boss", is_staff=True, is_superuser=True)
    make_scheme(per_person_cap=100)
    grow(FEW)
    claim = Claim.objects.earliest("pk")
    proposal = Proposal(Terms.of(claim.policy), "区财政追加", 30_000, "拱财〔2022〕7号")
    propose_change(scheme=claim.scheme, proposal=proposal, by=UserFactory(), now=NOW)


def grow(many):
    """So many more of everything around the first claim, so many around claims of their own, and so many in each state."""
    district, paid = District(Scheme.objects.get()), []
    for _ in range(many):
        paid += [live(district, beside=Claim.objects.order_by("pk").first()), live(district)]
        make_claim(district.scheme)  # what can be approved
    district.pay(*paid)
    for _ in range(many):
        for state in ("waitlisted", "checking"):
            make_claim(district.scheme, state=state)
        change_rights(UserFactory(), "roles", roles=["merchant_manager"])


def differing(sizes, pages_for):
    """The pages that need more queries in the larger district, with both numbers. (Few claims are named one by one.)"""
    few, many = sizes
    with inside(few):
        pages = pages_for(User.objects.get(username="boss"))
        count_queries(pages[:1])  # what a process asks only once
        before = count_queries(pages)
    with inside(many):
        after = count_queries(pages)
    return {page: (before[page], after[page]) for page in before if after[page] > before[page]}


def count_queries(pages):
    """How many queries each page needs for the boss; what the pages write is taken back."""
    found = {}
    ContentType.objects.clear_cache()  # so that neither size knows more than the other
    with transaction.atomic():
        client = logged_in(User.objects.get(username="boss"))
        for address, sent in pages:
            reset_queries()  # of all of them Django keeps only the last nine thousand
            with CaptureQueriesContext(connection) as queries:
                response = client.post(address, sent) if sent else client.get(address)
            assert response.status_code in (200, 302), (address, response.status_code)
            found[address, str(sent or "")] = len(queries)
        transaction.set_rollback(True)
    return found


def live(district, *, beside=None):
    """One more of everything, with what may happen to it: held, in review, looked at, photographed; the claim to be paid."""
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
    record(Action.SEARCH, by=UserFactory(is_staff=True), detail={"found": {"subsidies.claim": 1}})
    return paid


def lists_of(model, boss):
    """A model's list, and as each of its filters' choices leaves it."""
    page = admin.site.get_model_admin(model)
    request = RequestFactory().get(url(model, "changelist"))
    request.user = boss
    changelist = page.get_changelist_instance(request)
    chosen = [
        choice["query_string"]
        for spec in changelist.filter_specs
        for choice in list(spec.choices(changelist))[1:9]  # one shop costs as the next
        if "query_string" in choice
    ]
    return [(url(model, "changelist") + query, None) for query in ("", *chosen)]


def a_record_of(model):
    """The page of the model's first row."""
    return [(url(model, "change", model._default_manager.earliest("pk").pk), None)]


@pytest.mark.parametrize("model", MODELS)
def test_a_list_its_filters_and_a_records_page(sizes, model):
    def pages(boss):
        return [
            *([] if model is Owner else lists_of(model, boss)),
            *a_record_of(model),
        ]  # owners are searched

    assert differing(sizes, pages) == {}


def test_claims_in_each_state(sizes):
    address = url(Claim, "changelist")
    assert (
        differing(
            sizes, lambda _boss: [(f"{address}?state__exact={state.value}", None) for state in ClaimState]
        )
        == {}
    )


def test_the_pages_beside_the_lists(sizes):
    assert differing(sizes, staff_pages) == {}


def staff_pages(_boss):
    """Every page of the staff's beside lists and records, some as the answer to a form."""
    claim, batch, change = (model.objects.earliest("pk") for model in (Claim, PayoutBatch, SchemeChange))
    merchant = claim.trade_in.merchant
    named = {
        **{name: [] for name in ("admin:index", "staff-work", "staff-report", "imports", "staff-search")},
        "staff-case": [claim.pk],
        "staff-ties": [],
        "staff-merchant": [merchant.pk],
        "staff-scheme-propose": [claim.scheme_id],
        "staff-change": [change.pk],
        "import": [claim.trade_in.batch_id],
        "admin:core_export_add": [],
        "staff-report-xlsx": [],
        "staff-months": [],
        "staff-month-close": [claim.scheme_id, "2022-09"],
        "staff-request-new": [claim.scheme_id],
        "staff-rules": [],
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
