"""What a paid claim is owed besides: proposed, confirmed, ordered from the list, released like any other."""

import pytest
from django.urls import reverse

from subsidies.models import Claim, PayoutBatch, Supplement
from tests.admin.district import confirm, logged_in, said, told, url, who_it_is
from tests.console import tamper
from tests.factories import local, make_claim, make_staff
from tests.subsidies.recoveries.conftest import pay_out

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    roles = {"officer": "officer", "reviewer": "reviewer", "maker": "finance", "releaser": "finance"}
    return {name: logged_in(make_staff(role)) for name, role in roles.items()}


@pytest.fixture
def claim(district):
    """Paid 200 where 300 is the highest."""
    claim = make_claim(district.scheme, completed_at=local("2022-07-10 12:00:00"))
    pay_out(district.pay(claim), make_staff("finance"))
    return Claim.objects.get(pk=claim.pk)


def answer(client, name, pk, *more, **typed):
    address = reverse(f"staff-{name}", args=[pk, *more])
    form = client.get(address).context["form"]
    seen = {"seen": form["seen"].value()} if "seen" in form.fields else {}
    return client.post(address, {"confirmed": "1", **seen, **typed}, follow=True)


def propose(people, claim, **typed):
    filled = {"reason": "objection_upheld", "amount": "100", "note": "复议认定在六月完成"} | typed
    return answer(people["officer"], "supplement", claim.pk, **filled)


def test_it_goes_its_way_from_the_claims_page_into_a_batch(people, claim):
    address = reverse("staff-supplement", args=[claim.pk])
    assert address in people["officer"].get(url(Claim, "change", claim.pk)).content.decode()
    assert said(propose(people, claim)) == ["已提出补发，须由另一人核准后锁定资金。"]
    owed = Supplement.objects.get()
    home = people["reviewer"].get(reverse("admin:index")).context["tasks"]
    assert {str(task.title): task.figure.text for task in home}["待核准的补发"] == "1"
    assert said(answer(people["reviewer"], "supplement-decide", owed.pk, "confirm")) == ["核准补发：已办理。"]
    page = confirm(people["maker"], Supplement, "order", owed)
    assert "已制作 1 个发放批次，共 1 笔、100 元" in said(page)[0]
    batch = PayoutBatch.objects.latest("pk")
    html = people["releaser"].get(url(PayoutBatch, "change", batch.pk)).content.decode()
    assert "补发 S1" in html
    assert said(answer(people["releaser"], "batch-verb", batch.pk, "release")) == [
        "放行(发送给运营机构)：1 个批次。"
    ]
    assert "S1 · 100 元 · 发放中" in people["officer"].get(url(Claim, "change", claim.pk)).content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"amount": "100.01"}, "至多可补发 100 元"),
        ({"amount": ""}, "必填"),
        ({"note": ""}, "必填"),
        ({"reason": ""}, "必填"),
        ({"amount": "1.001"}, "小数"),
    ],
)
def test_what_is_wrong_is_said(people, claim, typed, sentence):
    assert sentence in propose(people, claim, **typed).content.decode()
    assert not Supplement.objects.exists()


def test_whoever_proposes_is_not_asked_to_confirm(people, claim):
    propose(people, claim)
    owed = Supplement.objects.get()
    address = reverse("staff-supplement-decide", args=[owed.pk, "confirm"])
    tamper("UPDATE subsidies_supplement SET proposed_by_id = %s", people["reviewer"].session["_auth_user_id"])
    assert address not in people["reviewer"].get(url(Claim, "change", claim.pk)).content.decode()
    assert "提出补发的人不能自己核准" in people["reviewer"].get(address).content.decode()
    assert people["reviewer"].post(address, {"confirmed": "1"}).status_code == 403


def test_where_no_money_is_left_a_sentence_says_so(people, claim):
    propose(people, claim)
    scheme = claim.scheme
    tamper("UPDATE subsidies_scheme SET funded_fen = reserved_fen + paid_fen WHERE id = %s", scheme.pk)
    page = answer(people["reviewer"], "supplement-decide", Supplement.objects.get().pk, "confirm")
    assert "剩余资金不够这笔补发" in said(page)[0]


def test_what_cannot_be_ordered_is_told(people, claim):
    propose(people, claim)
    asked = confirm(people["maker"], Supplement, "order", Supplement.objects.get())
    assert told(asked)["不办理：不在待制作的状态、暂缓中，或由您提出或核准"] == "1 份"
    assert not who_it_is(asked)
