"""Whatever stands in an address, a form or a header: the site answers, and never by 500.

Every page is asked as nobody, as the owner of a shop, and as somebody of the staff who may do everything.
"""

import re
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib import admin
from django.db import DataError, transaction
from django.test import RequestFactory, override_settings
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from core.middleware.input import InputMiddleware
from ebikes.models import ImportBatch
from subsidies.models import Claim
from tests.admin.district import District, url
from tests.admin.test_staff_pages import PAGES, address, make_rows
from tests.ebikes.files import valid_uscc
from tests.examples import examples
from tests.factories import MerchantFactory, UserFactory, make_member, make_scheme
from tests.subsidies.pages.site import logged_in
from tests.subsidies.pages.test_access import addresses_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("made")]

NUL, LONG = "\0", "9" * 3000
BEYOND = [
    *(NUL, f"x{NUL}y", f"settled,{NUL}", "%00", "\ufffe\U0010ffff", "x" * 5000, "' OR 1=1 --", "²", "٣"),
    *("9" * 18, "9" * 19, "9" * 40, LONG, "-1", "NaN", "Infinity", "1e400", "[]", "{}", "null"),
    *("0001-01-01", "9999-12-31", "9999-12", "0001-01", "2022-06-31", "2022-00", "0000-00-00"),
    *("9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59+00:00_" + "9" * 25),
    *("yes@9999-12-31", "-trained@0001-01-01", "during@0001-01-01_9999-12-31", "9999-12-31 23:59"),
]


def names():
    """Every name that code reads from an address or a form, and what the lists of the admin filter by."""
    found = {
        "p",
        "o",
        "q",
        "all",
        "e",
        "next",
        "_popup",
        "_to_field",
        "_changelist_filters",
        "action",
        "_selected_action",
    }
    for folder in ("core", "ebikes", "merchants", "subsidies"):
        for path in (settings.BASE_DIR / folder).rglob("*.py"):
            text = path.read_text()
            found |= set(re.findall(r"""(?:GET|POST)(?:\.get|\.getlist)?[\[(]\s*"(\w+)\"""", text))
            found |= set(re.findall(r"""^    (\w+) = forms\.\w+\(""", text, re.MULTILINE))
    for model, page in admin.site._registry.items():
        chosen = [each for each in page.list_filter if isinstance(each, str)]
        found |= {f"{name}{end}" for name in chosen for end in ("__exact", "__in", "__isnull", "__id__exact")}
        found |= {each.parameter_name for each in page.list_filter if hasattr(each, "parameter_name")}
        times = [each.name for each in model._meta.fields if each.get_internal_type().startswith("Date")]
        found |= {f"{name}{end}" for name in times for end in ("__gte", "__lt", "__year", "_from", "_to")}
    return sorted(found)


@pytest.fixture(scope="module")
def made(module_db, tmp_path_factory):
    """One of everything, the addresses of all pages about it, and who asks."""
    with override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("uploads")):
        rows = make_rows(District(make_scheme(year=2019)))
        shop = MerchantFactory(uscc=valid_uscc())
        pages = [*addresses_of(shop).values(), *("/login/", "/team/", "/account/password/", "/invitation/x/")]
        pages += [address(name, arguments, rows) for name, arguments, _roles in PAGES]
        for model in admin.site._registry:
            row = model._default_manager.first()
            pages += [url(model, page) for page in ("changelist", "add")]
            pages += [url(model, page, row.pk) for page in ("change", "history") if row]
        who = {
            "nobody": logged_in(None),
            "owner": logged_in(make_member(shop, "owner")),
            "staff": logged_in(UserFactory(is_staff=True, is_superuser=True)),
        }
        yield {"pages": sorted(set(pages)), "names": names(), "who": who}


def status(client, method, page, data, **more):
    """What is answered; nothing of it stays."""
    with transaction.atomic():
        response = getattr(client, method)(page, data, **more)
        transaction.set_rollback(True)
    return response.status_code


def in_its_place(page, value):
    """The address with its last argument replaced."""
    return re.sub(r"/[^/]+?(/?|\.\w+)$", lambda found: f"/{value}{found[1]}", page)


EXAMPLES = tried(
    max_examples=examples(60),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
VALUES = st.sampled_from(BEYOND) | st.text(max_size=20)


@pytest.mark.parametrize("who", ["nobody", "owner", "staff"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_no_page_answers_500_whatever_is_sent_to_it(made, who, method):
    @EXAMPLES
    @given(
        st.sampled_from(made["pages"]), st.dictionaries(st.sampled_from(made["names"]), VALUES, max_size=4)
    )
    def sent(page, data):
        more = {"confirmed": "1"} if method == "post" else {}
        assert status(made["who"][who], method, page, {**data, **more}) < 500, (page, data)

    sent()


@pytest.mark.parametrize(
    "value", [NUL, "9" * 19, "9" * 40, LONG, "9999-12", "0001-01", "²", "-1", "x%2Fy", "\udcff"]
)
def test_no_address_answers_500_whatever_stands_in_it(made, value):
    value = value.encode("utf-8", "surrogateescape").decode("latin-1") if value == "\udcff" else value
    for page in sorted({in_its_place(page, value) for page in made["pages"]}):
        assert status(made["who"]["staff" if "admin" in page else "owner"], "get", page, {}) < 500, page


TRIED = {
    "BinaryField": ("", "x"),
    "BigIntegerField": ("__in", "9" * 40),
    "ForeignKey": ("", "9" * 3000),
    "DateField": ("__year", "0"),
}


def test_no_list_answers_500_whatever_it_is_filtered_by(made):
    for model in admin.site._registry:
        kinds = {field.get_internal_type(): field for field in model._meta.fields}
        for kind, field in kinds.items():
            end, value = TRIED.get(kind, ("__gte", "9999-12-31"))
            assert (
                status(made["who"]["staff"], "get", url(model, "changelist"), {f"{field.name}{end}": value})
                < 500
            )


@pytest.mark.parametrize(
    "filters",
    ["state__in=%00", "state=%2500", "id=" + "9" * 40, "p=-1", "completed_at__gte=x", "%00=1", "o=9.9"],
)
def test_no_export_answers_500_whatever_its_list_is_filtered_by(made, filters):
    for label in ("subsidies.claim", "ebikes.tradein", "subsidies.payoutline"):
        page = f"{reverse('admin:core_export_add')}?{urlencode({'list': label, 'filters': filters})}"
        assert status(made["who"]["staff"], "get", page, {}) < 500
        assert status(made["who"]["staff"], "post", page, {"file_format": "csv"}) < 500


@pytest.mark.parametrize(
    "page", ["statements/9999-12.pdf", "statements/9999-12.xlsx", "statements/0001-01.pdf"]
)
def test_a_month_at_the_end_of_time_is_not_found(made, page):
    assert status(made["who"]["owner"], "get", f"/portal/{page}", {}) == 404


def test_a_month_at_the_end_of_time_is_not_chosen(made):
    assert status(made["who"]["owner"], "get", reverse("statements"), {"month": "9999-12"}) == 200


def test_an_exports_filter_that_no_column_holds_is_told_in_a_sentence(made):
    asked = {"list": "subsidies.claim", "filters": "state__in=%00"}
    response = made["who"]["staff"].get(reverse("admin:core_export_add"), asked, follow=True)
    assert "筛选条件有误" in response.content.decode()


@pytest.mark.parametrize(
    "header", [{"HTTP_COOKIE": r'sessionid="\000"'}, {"CONTENT_TYPE": "text/html; charset=utf-7"}]
)
def test_a_cookie_or_an_encoding_that_nothing_means_is_refused_with_a_page(header):
    response = logged_in(None).get("/", **header)
    assert response.status_code == 400
    assert "地址有误" in response.content.decode()


def test_text_that_no_column_holds_is_refused_and_nothing_of_the_form_is_kept(made):
    client = made["who"]["staff"]
    response = client.post(reverse("staff-search"), {"text": f"杭A{NUL}"})
    assert response.status_code == 400
    assert "没有保存任何内容" in response.content.decode()


def test_what_passes_and_no_column_holds_is_the_senders_mistake_and_stays_out_of_the_log(rf, caplog):
    def beyond(request):
        raise DataError("value 13912345678 is out of range")

    request = RequestFactory().get("/")
    response = InputMiddleware(beyond).process_exception(
        request, DataError("value 13912345678 is out of range")
    )
    assert response.status_code == 400
    assert "13912345678" not in caplog.text
    assert InputMiddleware(beyond).process_exception(request, ValueError()) is None


def test_choosing_what_is_no_rows_number_is_told_beside_the_field(made):
    page = made["who"]["staff"].post("/admin/merchants/agentpoint/add/", {"merchant": "x"})
    assert page.status_code == 200
    assert page.context["adminform"].form.errors["merchant"]


def test_the_addresses_are_those_of_real_rows(made):
    """Else everything above would be answered by 404 alone."""
    assert all(model.objects.exists() for model in (Claim, ImportBatch))
    assert sum(status(made["who"]["staff"], "get", page, {}) == 200 for page in made["pages"][::5]) > 20
