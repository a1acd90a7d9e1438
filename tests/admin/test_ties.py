"""A group of doubtful claims: every member with its evidence, decided together or not at all, its shop inspected once."""

from datetime import timedelta

import pytest
from django.urls import reverse

from core.models import AuditEntry
from core.shanghai import today
from ebikes.models import TradeInDraft, TradeInPhoto
from merchants.models import InspectionTask
from subsidies.allocation.services.allocate import allocate
from subsidies.models import Claim, Hold
from subsidies.review.services.sweep_signals import sweep_signals
from subsidies.ties.selectors.groups import held_groups, members_of
from tests.admin.district import logged_in, said
from tests.factories import (
    NOW,
    AgentPointFactory,
    MerchantFactory,
    OwnerFactory,
    TradeInFactory,
    UserFactory,
    local,
    make_claim,
    make_scheme,
    make_staff,
)
from tests.laid import laid

pytestmark = pytest.mark.django_db
K = Hold.Kind
WALLET = "6222000099998888"


@laid
def scheme():
    return make_scheme()


@laid
def four(scheme):
    """Four owners, one wallet, two shops; what the sweep finds of it."""
    shops = [
        MerchantFactory(name=f"{street}车行", subdistrict=street) for street in ("湖墅街道", "米市巷街道")
    ]
    points = [AgentPointFactory(merchant=shop) for shop in shops]
    claims = {}
    for no in range(4):
        record = TradeInFactory(wallet_no=WALLET, owner=OwnerFactory(), agent_point=points[no % 2])
        claims[str(no)] = make_claim(scheme, trade_in=record, completed_at=local(f"2022-06-10 12:0{no}:00"))
        TradeInPhoto.objects.create(
            trade_in=record,
            kind="invoice",
            name=f"{no:032d}",
            digest="a" * 64 if no < 2 else f"{no:064d}",
            width=800,
            height=600,
            added_by=UserFactory(),
            added_at=NOW,
        )
    make_claim(scheme)
    sweep_signals(now=NOW)
    return claims


@laid
def desk():
    return logged_in(make_staff("officer"))


@laid
def bench():
    return logged_in(make_staff("reviewer"))


def page_of(claim, kind=K.SHARED_WALLET):
    return reverse("staff-tie", args=[kind.value, claim.pk])


def press(client, claim, action, *claims, **answers):
    """Tick members, press a button, read what it would do and confirm it."""
    address = page_of(claim)
    ticked = {"action": action, "_selected_action": [each.pk for each in claims]}
    asked = client.post(address, ticked)
    seen = asked.context["form"]["seen"].value()
    return client.post(address, {**ticked, "confirmed": "1", "seen": seen, **answers}, follow=True)


def test_every_owner_behind_one_wallet_is_shown_and_nobody_else(desk, four):
    page = desk.get(page_of(four["2"]))
    members = [each for each, _pictures in page.context["members"]]
    assert [each.claim.pk for each in members] == [each.pk for each in four.values()]
    assert {(each.facts[3].text, each.facts[3].shared) for each in members} == {("****8888", True)}
    assert not any(each.facts[0].shared for each in members)
    differs = dict(page.context["titles"])
    assert (differs["钱包"], differs["车主"], differs["商户"], differs["云申领"]) == (
        False,
        True,
        True,
        False,
    )
    assert WALLET not in page.content.decode()
    assert [(street.name, len(street.marks)) for street in page.context["line"]["streets"]] == [
        ("湖墅街道", 2),
        ("米市巷街道", 2),
    ]


def test_one_photo_of_two_members_is_told_and_all_are_enlarged_side_by_side(desk, four):
    first = four["0"]
    assert members_of(K.REUSED_PHOTO, first) == [first.pk, four["1"].pk]
    page = desk.get(page_of(first), {"photos": "1"})
    shots = [row.shots for _each, (row,) in page.context["members"]]
    assert [twice for ((_photo, twice),) in shots] == [True, True, False, False]
    text = page.content.decode()
    assert text.count("同一张照片") == 2
    assert f'src="{reverse("staff-photo", args=[shots[0][0][0].pk])}"' in text


def test_the_look_at_a_group_is_written_down(desk, four):
    desk.get(page_of(four["0"]))
    entry = AuditEntry.objects.filter(action="view", object_type="subsidies.claim").latest("pk")
    assert entry.detail == {"list": "多名车主使用同一钱包", "rows": 4}


def test_what_waits_longest_comes_first_among_the_groups(desk, four):
    rows = desk.get(reverse("staff-ties")).context["rows"]
    told = {
        (row["group"].kind, row["group"].claims, row["group"].owners, row["group"].merchants) for row in rows
    }
    assert told == {(K.SHARED_WALLET, 4, 4, 2), (K.REUSED_PHOTO, 2, 2, 2)}
    assert desk.get(reverse("staff-ties"), {"kind": "burst"}).context["rows"] == []
    assert desk.get(reverse("staff-ties"), {"kind": "x"}).status_code == 200


def test_some_are_cleared_together_and_the_others_stay_held(desk, four):
    page = press(desk, four["0"], "clear_holds", four["2"], four["3"], reason="family")
    assert "已办理 2 份" in said(page)[0]
    held = Hold.objects.open().filter(kind=K.SHARED_WALLET).values_list("claim", flat=True)
    assert {*held} == {four["0"].pk, four["1"].pk}
    assert [len(each.holds) for each, _pictures in page.context["members"]] == [2, 2, 0, 0]


def test_before_a_decision_each_claim_is_named_with_whether_it_moves(desk, four):
    press(desk, four["0"], "clear_holds", four["3"], reason="family")
    chosen = {"_selected_action": [four["0"].pk, four["3"].pk], "action": "clear_holds"}
    sample = desk.post(page_of(four["0"]), chosen).context["effect"].sample
    assert [(cells[0], cells[-1]) for _url, cells in sample.rows] == [
        (four["0"].trade_in.record_no, "办理"),
        (four["3"].trade_in.record_no, "不办理"),
    ]
    demanded = desk.post(page_of(four["0"]), {**chosen, "action": "demand_evidence"})
    assert dict(demanded.context["effect"].facts)["商户补充期限"] == today() + timedelta(days=7)


def test_only_members_are_decided_whatever_is_sent(desk, scheme, four):
    other = make_claim(scheme)
    press(desk, four["0"], "hold", four["0"], other, reason="untrue")
    assert Hold.objects.filter(kind=K.OBJECTION).values_list("claim", flat=True).get() == four["0"].pk


def test_what_changed_after_the_preview_is_shown_again_first(desk, four):
    address = page_of(four["0"])
    ticked = {"action": "clear_holds", "_selected_action": [four["0"].pk, four["1"].pk]}
    seen = desk.post(address, ticked).context["form"]["seen"].value()
    press(desk, four["0"], "clear_holds", four["1"], reason="family")
    again = desk.post(address, {**ticked, "confirmed": "1", "seen": seen, "reason": "family"})
    assert "名单在您查看之后有了变化" in again.content.decode()
    assert four["0"].holds.open().exists()


@pytest.mark.parametrize(
    "sent", [{"action": "hold"}, {"action": "hold", "_selected_action": ["x", "9" * 30]}]
)
def test_nothing_ticked_is_a_sentence(desk, four, sent):
    assert said(desk.post(page_of(four["0"]), sent, follow=True)) == ["请先勾选要办理的申请。"]


def test_nobody_presses_what_is_another_role_s(desk, bench, four):
    chosen = {"_selected_action": [four["0"].pk]}
    assert desk.post(page_of(four["0"]), {"action": "refuse", **chosen}).status_code == 403
    assert bench.post(page_of(four["0"]), {"action": "refuse", **chosen}).status_code == 200
    assert desk.post(page_of(four["0"]), {"action": "approve", **chosen}).status_code == 403
    finance = logged_in(make_staff("finance"))
    shop = four["0"].trade_in.merchant_id
    address = reverse("staff-tie-inspect", args=["shared_wallet", four["0"].pk, shop])
    assert finance.get(address).status_code == 403


def test_what_nothing_ties_leads_to_its_case(desk, scheme, four):
    alone = make_claim(scheme)
    page = desk.get(page_of(alone), follow=True)
    assert page.redirect_chain[0][0] == reverse("staff-case", args=[alone.pk])
    assert desk.get(reverse("staff-tie", args=["mismatch", alone.pk])).status_code == 404


def test_the_shop_is_inspected_once_for_what_was_shown_before(desk, four):
    shop = four["0"].trade_in.merchant
    address = reverse("staff-tie-inspect", args=["shared_wallet", four["0"].pk, shop.pk])
    asked = desk.get(address)
    assert not InspectionTask.objects.exists()
    numbers = "、".join(four[no].trade_in.record_no for no in ("0", "2"))
    assert dict(asked.context["effect"].facts)["事由"] == f"多名车主使用同一钱包：{numbers}"
    seen = asked.context["form"]["seen"].value()
    sent = {"confirmed": "1", "seen": seen, "heads": ["price_marking"]}
    late = desk.post(address, {**sent, "due_on": "2020-01-01"})
    assert late.context["form"].errors == {"due_on": ["期限已过，请另选日期。"]}
    assert said(desk.post(address, sent, follow=True)) == ["已生成检查任务：湖墅街道车行。"]
    task = InspectionTask.objects.get()
    assert task.why.endswith(f"{numbers}；重点检查：未按规定明码标价、收取未予标明的费用")
    again = desk.post(address, sent)
    assert "这家商户已有同一疑点的检查任务，尚未检查。" in again.content.decode()
    assert InspectionTask.objects.count() == 1
    manager = logged_in(make_staff("merchant_manager"))
    assert shop.name in manager.get(reverse("staff-visits")).content.decode()
    alien = reverse("staff-tie-inspect", args=["shared_wallet", four["0"].pk, MerchantFactory().pk])
    assert desk.get(alien).status_code == 404


def burst(scheme, at, count):
    point = AgentPointFactory()
    return [
        make_claim(
            scheme,
            trade_in=TradeInFactory(agent_point=point),
            completed_at=local(at) + timedelta(minutes=no),
        )
        for no in range(count)
    ]


def test_the_bursts_of_a_point_s_day_are_one_group_from_whichever_member(scheme, four):
    early = burst(scheme, "2022-06-11 09:00:00", 10)
    point = early[0].trade_in.agent_point
    late = [
        make_claim(
            scheme,
            trade_in=TradeInFactory(agent_point=point),
            completed_at=local("2022-06-11 15:00:00") + timedelta(minutes=no),
        )
        for no in range(10)
    ]
    alone = make_claim(
        scheme, trade_in=TradeInFactory(agent_point=point), completed_at=local("2022-06-11 12:00:00")
    )
    sweep_signals(now=NOW)
    everybody = [each.pk for each in (*early, *late)]
    assert members_of(K.BURST, early[0]) == members_of(K.BURST, late[9]) == everybody
    assert members_of(K.BURST, alone) == []
    (group,) = held_groups(K.BURST)
    assert (group.claims, group.anchor) == (20, early[0].pk)


def test_one_device_that_sends_for_two_shops_is_noticed(scheme, four):
    records = [TradeInFactory() for _ in range(3)]
    claims = [make_claim(scheme, trade_in=record) for record in records]
    for record, device in zip(records, (b"d" * 16, b"d" * 16, b"e" * 16), strict=True):
        TradeInDraft.objects.create(
            merchant=record.merchant,
            made_by=UserFactory(),
            cells="{}",
            trade_in=record,
            device=device,
            opened_at=NOW,
            saved_at=NOW,
        )
    sweep_signals(now=NOW)
    held = Hold.objects.filter(kind=K.SHARED_DEVICE)
    assert {*held.values_list("claim", flat=True)} == {claims[0].pk, claims[1].pk}
    assert held[0].evidence == {"merchants": 2, "claims": 2}
    assert members_of(K.SHARED_DEVICE, claims[0]) == [claims[0].pk, claims[1].pk]


def test_a_shop_s_last_days_are_one_group(scheme, four):
    shop = AgentPointFactory()
    some = [
        make_claim(
            scheme, trade_in=TradeInFactory(agent_point=shop), completed_at=local("2022-06-29 12:00:00")
        )
        for _ in range(2)
    ]
    found = {"stage": 1, "first": "2022-06-28", "last": "2022-06-30"}
    Hold.objects.create(claim=some[0], kind=K.CUT_OFF, evidence=found, placed_at=NOW)
    assert members_of(K.CUT_OFF, some[0]) == [each.pk for each in some]


def test_a_whole_group_is_refused_with_what_was_found(bench, scheme, four):
    allocate(scheme=scheme, now=NOW)
    assert Claim.objects.filter(pk=four["0"].pk, state="settled").exists()
    page = press(
        bench, four["0"], "refuse", *four.values(), reasons=["untrue_record"], note="四人同一钱包，查实"
    )
    assert "已办理 4 份" in said(page)[0]
