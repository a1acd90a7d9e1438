"""The staff's pages beside the admin's own, against every role. A page that is missing here fails."""

import pytest
from django.urls import get_resolver, reverse

from ebikes.models import TradeInPhoto
from merchants.photos import keep_photo, take_photo
from merchants.staff_roles import ROLES
from tests.admin.district import logged_in
from tests.factories import NOW, UserFactory, make_staff
from tests.photos import jpeg, upload

pytestmark = pytest.mark.django_db

READERS = {"officer", "reviewer", "finance", "auditor"}
DESK = {"officer", "reviewer"}
# Each page with its arguments (functions of a claim, a batch and a photo) and the roles that it opens to.
PAGES = [
    ("staff-work", lambda c, b, p: [], READERS),
    ("staff-work-next", lambda c, b, p: [], READERS),
    ("staff-case", lambda c, b, p: [c.pk], READERS),
    ("staff-photo", lambda c, b, p: [p.pk], READERS),
    *(
        ("staff-claim-verb", lambda c, b, p, verb=verb: [c.pk, verb], roles)
        for verb, roles in {
            "approve": {"reviewer"},
            "order_payment": {"finance"},
            "ask_again": {"officer"},
            "demand_correction": {"officer"},
            "clear_holds": DESK,
            "hold": DESK,
            "propose_refusal": {"officer"},
            "refuse": {"reviewer"},
            "retry_failed": {"reviewer"},
            "cancel": {"reviewer"},
            "start_recovery": {"reviewer"},
            "record_return": {"finance"},
        }.items()
    ),
    *(
        ("staff-batch-verb", lambda c, b, p, verb=verb: [b.pk, verb], {"finance"})
        for verb in ("release", "discard")
    ),
]


@pytest.fixture
def rows(district, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    claim = district.grow()
    batch = district.pay(claim)
    taken = take_photo(upload(jpeg()), size=100)
    photo = TradeInPhoto.objects.create(
        kind="invoice",
        trade_in=claim.trade_in,
        name=keep_photo(taken),
        digest=taken.digest,
        width=1,
        height=1,
        added_by=UserFactory(),
        added_at=NOW,
    )
    return claim, batch, photo


def test_every_page_of_the_staff_stands_in_the_table():
    named = {
        name for name in get_resolver().reverse_dict if isinstance(name, str) and name.startswith("staff-")
    }
    assert named == {name for name, _arguments, _roles in PAGES}


@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_page_opens_to_the_roles_it_is_for(rows, role):
    client = logged_in(make_staff(role) if role else UserFactory(is_staff=True))
    for name, arguments, roles in PAGES:
        address = reverse(name, args=arguments(*rows))
        status = client.get(address).status_code
        assert status in ({200, 302} if role in roles else {403}), address


@pytest.mark.parametrize("role", [None, *ROLES])
def test_what_does_something_is_done_for_nobody_else(rows, role):
    client = logged_in(make_staff(role) if role else UserFactory(is_staff=True))
    for name, arguments, roles in PAGES:
        if name in ("staff-claim-verb", "staff-batch-verb") and role not in roles:
            assert client.post(reverse(name, args=arguments(*rows)), {"confirmed": "1"}).status_code == 403


def test_only_staff_come_in(client, rows):
    stranger = logged_in(UserFactory())
    for name, arguments, _roles in PAGES:
        response = stranger.get(reverse(name, args=arguments(*rows)))
        assert response.status_code == 302
        assert "login" in response.headers["Location"]


@pytest.mark.parametrize("name", ["staff-claim-verb", "staff-batch-verb"])
def test_a_verb_that_does_not_exist_is_not_found(client, rows, name):
    assert client.get(reverse(name, args=[rows[0].pk, "nonsense"])).status_code == 404
