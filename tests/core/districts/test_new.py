"""Whoever reads several districts says in which one something new lies; whoever reads one is not asked."""

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.database.owner import owning
from core.districts.models import DistrictKey
from core.districts.reader import working_in
from core.models import District
from core.shanghai import today
from ebikes.models import ImportBatch
from merchants.models import Merchant, Publicity, SamplingLot, SamplingPlan, TradeInEvent, Training
from subsidies.issues.services.issues import OneDistrict, make_issue
from subsidies.models import Scheme, StatedFigure, WatchEntry
from subsidies.reports.selectors.figures.figure import Scope
from tests.admin.district import logged_in, url
from tests.admin.test_scheme_life import draft
from tests.factories import GONGSHU, NOW, MerchantFactory, make_scheme, make_staff

XIHU = 330106
DAY = "2022-03-01"
MISSING = "请选择所属区。"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("two_districts")]
IN_THE_ADMIN = {
    Merchant: {"uscc": "91330105MA27W00X1X", "name": "西溪车行", "subdistrict": "灵隐街道"},
    SamplingPlan: {"year": 2022, "document": "杭市监〔2022〕1号", "budget": "100"},
    SamplingLot: {
        **{"kind": "helmet", "sampled_on": DAY, "purpose": "routine", "lots": 1, "failed": 0},
        **{"result": "pending", "failing": ""},
    },
    TradeInEvent: {
        "held_on": DAY,
        "venue_kind": "campus",
        "place": "黄龙",
        "organiser": "西湖局",
        "bikes": 1,
    },
    Training: {"title": "政策培训", "held_on": DAY, "place": "黄龙"},
    Publicity: {
        **{"kind": "poster", "title": "以旧换新", "count": 1, "channel": "黄龙", "began_on": DAY},
        "done_by": "西湖局",
    },
}
FIGURE = {
    **{"subject": "other", "title": "热线", "value": "3", "exactness": "exact", "as_of": DAY},
    "source": "12345",
}
LISTED = {
    **{"confirmed": "1", "kind": "phone", "value": "13900000001", "reason": "", "note": "举报"},
}


@pytest.fixture(scope="module")
def two_districts(module_db):
    """拱墅 and 西湖, each with a scheme."""
    make_scheme(year=2022)
    with owning():
        District.objects.create(code=XIHU, name="西湖区")
    with working_in(XIHU):
        make_scheme(year=2022)


@pytest.fixture(scope="module")
def keeper(two_districts):
    """Keeps the shops of the whole city."""
    return logged_in(make_staff("merchant_manager", district_id=None))


@pytest.fixture(scope="module")
def officer(two_districts):
    """An officer of the city."""
    return logged_in(make_staff("officer", district_id=None))


def typed(page, told):
    """What the page's form sends, with these fields filled in."""
    rows = {}
    for inline in page.context.get("inline_admin_formsets") or ():
        form = inline.formset.management_form
        rows |= {form.add_prefix(name): form[name].value() for name in form.fields}
    return rows | told


@pytest.mark.parametrize("model", IN_THE_ADMIN)
def test_in_the_admin(keeper, model):
    address = url(model, "add")
    told = typed(keeper.get(address), IN_THE_ADMIN[model])
    refused = keeper.post(address, told)
    assert refused.context["adminform"].form.errors == {"district": [MISSING]}
    assert not model.objects.filter(district=XIHU).exists()
    assert keeper.post(address, told | {"district": XIHU}).status_code == 302
    assert model.objects.get(district=XIHU)


def test_every_page_of_the_admin_that_adds_asks_or_knows():
    """By a parent, or by the person: what has a district and no field for it is not added here."""
    request = type("Request", (), {"user": make_staff("merchant_manager", district_id=None)})()
    adding = {
        model
        for model, page in admin.site._registry.items()
        if any(isinstance(field, DistrictKey) for field in model._meta.fields)
        and page.has_add_permission(request)
    }
    asking = {model for model in adding if admin.site._registry[model].asks_district}
    assert {model._meta.model_name for model in adding - asking} == {"agentpoint", "inspection"}
    assert asking == IN_THE_ADMIN.keys()


def test_whoever_has_one_district_is_not_asked():
    client = logged_in(make_staff("merchant_manager", district_id=XIHU))
    for address in (url(Training, "add"), reverse("imports")):
        assert 'name="district"' not in client.get(address).content.decode()
    assert client.post(url(Training, "add"), IN_THE_ADMIN[Training]).status_code == 302
    assert Training.objects.get(title="政策培训").district_id == XIHU


def test_a_shop_of_another_district_is_refused_beside_its_field(keeper):
    shop = MerchantFactory(district_id=GONGSHU)
    for model, field in ((SamplingLot, "merchant"), (Training, "attended_by")):
        told = IN_THE_ADMIN[model] | {field: shop.pk, "district": XIHU}
        page = keeper.post(url(model, "add"), told)
        assert page.context["adminform"].form.errors == {field: ["所选的不在西湖区，请重新选择。"]}


@pytest.mark.parametrize("district", [None, XIHU])
def test_a_shop_that_the_district_knows_is_a_sentence(district):
    shop, other = MerchantFactory(district_id=XIHU), MerchantFactory(district_id=XIHU)
    client = logged_in(make_staff("merchant_manager", district_id=district))
    for address in (url(Merchant, "add"), url(Merchant, "change", other.pk)):
        told = typed(client.get(address), IN_THE_ADMIN[Merchant] | {"uscc": shop.uscc, "district": XIHU})
        assert "__all__" in client.post(address, told).context["adminform"].form.errors


def test_a_district_that_there_is_not_is_none(keeper):
    page = keeper.post(url(Training, "add"), IN_THE_ADMIN[Training] | {"district": 330199})
    assert "district" in page.context["adminform"].form.errors


def test_a_file(officer, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    for district in ("", XIHU):
        file = SimpleUploadedFile("a.csv", "淘汰置换单号\n".encode())
        page = officer.post(reverse("imports"), {"kind": "trade_ins", "file": file, "district": district})
        if not district:
            assert page.context["form"].errors == {"district": [MISSING]}
    assert [batch.district_id for batch in ImportBatch.objects.filter(file_name="a.csv")] == [XIHU]


def test_a_figure_from_outside_and_its_scheme(officer):
    address = reverse("staff-figure-new")
    assert officer.post(address, FIGURE).context["form"].errors == {"district": [MISSING]}
    elsewhere = Scheme.objects.get(district=GONGSHU)
    page = officer.post(address, FIGURE | {"district": XIHU, "scheme": elsewhere.pk})
    assert page.context["form"].errors == {"scheme": ["所选的不在西湖区，请重新选择。"]}
    assert officer.post(address, FIGURE | {"district": XIHU}).status_code == 302
    assert StatedFigure.objects.get().district_id == XIHU


def test_an_entry_of_the_watch_list(officer):
    address = reverse("staff-watch-new")
    told = LISTED | {"reason": WatchEntry.Reason.values[0], "expires_on": str(today())}
    assert officer.post(address, told).context["form"].errors == {"district": [MISSING]}
    assert officer.post(address, told | {"district": XIHU}).status_code == 302
    assert WatchEntry.objects.get().district_id == XIHU


def test_a_scheme_is_proposed_by_the_city_and_opened_by_the_districts_reviewer():
    city = logged_in(make_staff("finance", district_id=None))
    source = Scheme.objects.get(district=GONGSHU)
    with working_in(GONGSHU):
        make_scheme(year=2023)  # in another district the days are free
    typed = {"code": "XH2023", "name": "西湖 2023", "budget_fen": "1000", "note": "续办"}
    refused = draft(source, city, **typed)
    assert refused.context["forms"].settings.errors == {"district": [MISSING]}
    taken = draft(source, city, **typed, district=GONGSHU)
    assert "重叠：同一天只能属于一个方案" in str(taken.context["forms"].stages.forms[0].errors)
    change = draft(source, city, **typed, district=XIHU).context["change"]
    assert (change.scheme.district_id, change.scheme.state) == (XIHU, "draft")
    approve = reverse("staff-change-approve", args=[change.pk])
    assert logged_in(make_staff("reviewer")).get(approve).status_code == 404  # of another district
    reviewer = logged_in(make_staff("reviewer", district_id=XIHU))
    asked = reviewer.get(approve).context["form"]
    seen = {name: asked[name].value() or "" for name in asked.fields}
    reviewer.post(approve, {**seen, "confirmed": "1", "note": "同意"})
    change.scheme.refresh_from_db()
    assert (change.scheme.state, change.scheme.funded_fen) == ("open", 100_000)


def test_a_report_is_one_districts():
    person = make_staff("officer", district_id=None)
    both = tuple(Scheme.objects.order_by("pk"))
    for schemes in (both, ()):
        scope = Scope(
            first=NOW.date().replace(year=2020), last=NOW.date().replace(year=2021), schemes=schemes
        )
        with pytest.raises(OneDistrict):
            make_issue(scope=scope, by=person, now=NOW)
