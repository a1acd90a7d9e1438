"""Who may open which page, and what never happens by a link or from another site."""

import shutil

import pytest
from django.test import Client, override_settings
from django.urls import get_resolver, reverse

from ebikes.models import ImportBatch, RememberedColumns
from merchants.letters.signing import post_letter, sign_letter
from merchants.models import Merchant
from subsidies.intake.services.draft_photos import add_photo
from subsidies.intake.services.drafts import open_draft
from subsidies.models import Claim
from tests.core.privacy.test_photos import take
from tests.ebikes.files import valid_uscc
from tests.factories import NOW, MerchantFactory, UserFactory, give_password, make_member
from tests.photos import jpeg
from tests.subsidies.pages.site import logged_in, previewed_file, settled_claim

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("made")]

LOGIN, ADMIN = "/login/?next=", "/admin/"

WHO = ["anonymous", "clerk", "owner", "clerk of another", "staff", "neither"]
OPEN = [200, 200, 200, 200, 200, 200]
MEMBERS = [LOGIN, 200, 200, 200, ADMIN, 404]  # each sees the own shop's
OWN = [LOGIN, 200, 200, 404, ADMIN, 404]  # another shop's is not there
OF_ITS_OWNER = [LOGIN, 302, 200, 404, ADMIN, 404]
ANY_MEMBER_ACTS = [LOGIN, 302, 302, 302, ADMIN, 404]
OWN_ACTS = [LOGIN, 302, 302, 404, ADMIN, 404]
UPLOADERS = [LOGIN, 200, 200, 404, 200, 404]

READING = {
    "home": OPEN,
    "who-looked": OPEN,
    "healthz": OPEN,
    "heads": OPEN,
    "head-key": OPEN,
    "head-file": [404] * 6,  # nothing was signed here
    "province": [404] * 6,  # this is no province's register
    "province-head": [404] * 6,
    "portal": MEMBERS,
    "precheck": MEMBERS,
    "portal-claims": MEMBERS,
    "portal-claim": OWN,
    "claim-withdraw": OF_ITS_OWNER,  # money is set aside for it
    "claim-answer": [LOGIN, 302, 302, 404, ADMIN, 404],  # nothing is asked of this one
    "claim-payee": OF_ITS_OWNER,
    "draft": OWN,
    "draft-new": MEMBERS,
    "draft-discard": OWN,
    "photo": OWN,
    "duties": MEMBERS,
    "letter": [LOGIN, 200, 200, 404, ADMIN, 404],
    "letter-photo": [LOGIN, 200, 200, 404, ADMIN, 404],
    "plaque": OWN,
    "statements": MEMBERS,
    "statement-pdf": MEMBERS,
    "statement-xlsx": MEMBERS,
    "imports": [LOGIN, 200, 200, 200, 200, 404],
    "import-template": [LOGIN, 200, 200, 200, 200, 404],
    "import-guide": [LOGIN, 200, 200, 200, 200, 404],
    "import-columns": [LOGIN, 302, 302, 404, 302, 404],  # nothing is asked of this one
    "import-take-back": [LOGIN, 302, 302, 404, 302, 404],  # it is no register's
    "import": UPLOADERS,
    "import-verdicts": UPLOADERS,
}
ACTING = {
    "news-seen": ANY_MEMBER_ACTS,
    "draft-new-field": [LOGIN, 200, 200, 200, ADMIN, 404],
    "draft-field": [LOGIN, 200, 200, 404, ADMIN, 404],
    "draft-submit": OWN_ACTS,
    "claim-correct": OWN_ACTS,
    "claim-photo": OWN_ACTS,
    "letter-sign": [LOGIN, 403, 302, 403, ADMIN, 404],
    "letter-post": ANY_MEMBER_ACTS,
    "import-confirm": [LOGIN, 302, 302, 404, 200, 404],  # staff are asked first
    "import-columns-forget": [LOGIN, 302, 302, 404, 404, 404],
    "import-discard": [LOGIN, 302, 302, 404, 200, 404],
}
# Signed requests of other installations; who may ask is told in tests/subsidies/locks.
OF_CELLS = {"province-locks", "province-held", "province-reports"}
MORE_OF_A_FILE = ["import-columns", "import-take-back"]
ALLOWED = READING | ACTING
WITHOUT_A_FORM = READING.keys() - {
    "home",
    "who-looked",
    "precheck",
    "imports",
    "draft",
    "draft-new",
    "draft-discard",
    "claim-withdraw",
    "claim-payee",
    "claim-answer",
    *MORE_OF_A_FILE,
}


@pytest.fixture(scope="module")
def made(module_db, tmp_path_factory):
    """A shop, and a page of each name that belongs to it: their addresses, and the folder with its photos."""
    folder = tmp_path_factory.mktemp("uploads")
    with override_settings(MEDIA_ROOT=folder):
        return addresses_of(MerchantFactory(name="湖墅车行", uscc=valid_uscc())), folder


def addresses_of(shop):
    by, claim, batch = make_member(shop), settled_claim(shop), previewed_file(shop)
    draft = open_draft(merchant=shop, by=by, now=NOW)
    remembered = RememberedColumns.objects.create(
        kind="trade_ins", merchant=shop, header="1", meanings={}, said_by=by, said_at=NOW
    )
    photo = add_photo(draft=draft, kind="old_bike", photo=take(jpeg()), by=by, now=NOW)
    sign_letter(merchant=shop, signer="王小芳", by=by, now=NOW)
    post_letter(merchant=shop, photo=take(jpeg()), now=NOW)
    period = claim.trade_in.agent_point.authorizations.get()
    arguments = {
        "draft": [draft.pk, "owner"],
        "photo": [photo.pk],
        "plaque": [period.pk],
        "import-template": ["trade_ins"],
        "head-file": ["20220920T090000.txt"],
        "province-head": ["330100", "20220920T090000.txt"],
        **{key: ["2022-06"] for key in ["statement-pdf", "statement-xlsx"]},
        "draft-field": [draft.pk, "owner"],
        **{key: [draft.pk] for key in ["draft-submit", "draft-discard"]},
        **{key: [claim.pk] for key in [name for name in ALLOWED if "claim" in name]},
        **{
            key: [batch.pk]
            for key in ["import", "import-verdicts", "import-confirm", "import-discard", *MORE_OF_A_FILE]
        },
        "portal-claims": [],
        "import-columns-forget": [remembered.pk],
    }
    return {name: reverse(name, args=arguments.get(name, [])) for name in ALLOWED}


@pytest.fixture
def addresses(made, ordered, settings):
    """The addresses, with photos of the test's own."""
    found, folder = made
    shutil.copytree(folder, settings.MEDIA_ROOT)
    return found


@pytest.fixture
def shop():
    return Merchant.objects.get(name="湖墅车行")


@pytest.fixture
def claim():
    return Claim.objects.get()


@pytest.fixture
def batch():
    return ImportBatch.objects.get()


def person(role, shop):
    """Somebody in this role towards `shop`."""
    return {
        "anonymous": lambda: None,
        "clerk": lambda: make_member(shop, "clerk"),
        "owner": lambda: make_member(shop, "owner"),
        "clerk of another": lambda: make_member(MerchantFactory(), "clerk"),
        "staff": lambda: UserFactory(is_staff=True, is_superuser=True),
        "neither": UserFactory,
    }[role]()


def outcome(response):
    """The status; of a redirect to the login or to the staff's side, where to."""
    to = response.headers.get("Location", "")
    return to if response.status_code == 302 and to.startswith((LOGIN, ADMIN)) else response.status_code


@pytest.mark.parametrize("name", ALLOWED)
@pytest.mark.parametrize("role", WHO)
def test_each_page_opens_to_those_it_is_for(name, role, addresses, shop):
    url, client = addresses[name], logged_in(person(role, shop))
    found = outcome(client.post(url) if name in ACTING else client.get(url))
    expected = ALLOWED[name][WHO.index(role)]
    assert found == (LOGIN + url if expected == LOGIN else expected)


def test_the_tables_above_name_every_page():
    def names(patterns):
        for pattern in patterns:
            yield from names(pattern.url_patterns) if hasattr(pattern, "url_patterns") else [pattern.name]

    found = set(names(get_resolver("subsidies.urls").url_patterns))
    assert {name for name in found if not name.startswith("staff-")} - OF_CELLS == set(ALLOWED)


@pytest.mark.parametrize("name", ACTING)
def test_what_changes_something_is_never_a_link(name, addresses, batch, shop):
    response = logged_in(person("owner", shop)).get(addresses[name])
    batch.refresh_from_db()
    assert (response.status_code, batch.state) == (405, "preview")


@pytest.mark.parametrize("name", sorted(WITHOUT_A_FORM))
def test_pages_to_read_take_no_post(name, addresses, shop):
    assert logged_in(person("clerk", shop)).post(addresses[name]).status_code == 405


@pytest.mark.parametrize("name", [*sorted(ALLOWED.keys() - WITHOUT_A_FORM), "login", "logout"])
def test_a_form_from_another_site_is_refused(name, addresses, batch, shop):
    client = logged_in(None if name == "login" else person("owner", shop), enforce_csrf_checks=True)
    url = reverse(name) if name in ("login", "logout") else addresses[name]
    response = client.post(url, {"record_no": "TH1", "id_end": "1234"})
    batch.refresh_from_db()
    assert (response.status_code, batch.state) == (403, "preview")
    assert "页面已过期" in response.content.decode()


def test_somebody_elses_refusal_looks_like_a_page_that_does_not_exist(claim, shop):
    client = logged_in(person("clerk of another", shop))
    theirs = client.get(reverse("portal-claim", args=[claim.pk]))
    nobodys = client.get(reverse("portal-claim", args=[claim.pk + 1]))
    assert theirs.content == nobodys.content
    assert "没有这一页" in theirs.content.decode()


def test_logging_in_leads_each_to_the_right_side(shop):
    for user, side in [(make_member(shop), "portal"), (UserFactory(is_staff=True), "admin:index")]:
        give_password(user, "a-long-password")
        response = Client().post(
            reverse("login"), {"username": user.username, "password": "a-long-password"}, follow=True
        )
        assert response.redirect_chain[-1][0] == reverse(side)


def test_a_wrong_password_is_refused_in_words():
    response = Client().post(reverse("login"), {"username": "nobody", "password": "x"})
    assert 'role="alert"' in response.content.decode()
    assert response.status_code == 200
