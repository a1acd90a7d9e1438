"""What the tests of the pages share: a recognisable owner, what gives that owner away, and how files are sent."""

import re

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ebikes.importing.tasks import read_upload
from ebikes.models import ImportBatch
from subsidies.allocation.services.allocate import allocate
from subsidies.models import Claim
from tests.factories import (
    NOW,
    AgentPointFactory,
    OwnerFactory,
    TradeInFactory,
    make_answer,
    make_claim,
    make_scheme,
)

ID_NO, NAME, PHONE = "33010519491231002X", "欧阳娜娜", "+8613912345678"


def trade_in_of(shop, *, id_no="330105194912310038", **fields):
    owner = OwnerFactory(id_no=id_no) if id_no else OwnerFactory()
    return TradeInFactory(owner=owner, agent_point=AgentPointFactory(merchant=shop), **fields)


def checked(claim):
    """Evidence for a claim, as the licensing systems gave it."""
    answers = [make_answer(claim.trade_in, system, plate="浙A1") for system in ("exing", "yunshenling")]
    claim.checks.create(
        results={"not_filed": "pass"},
        exing_answer=answers[0],
        yunshenling_answer=answers[1],
        policy=claim.policy,
        completed_at=claim.completed_at,
        completed_by=claim.completed_by,
        checked_at=NOW,
    )


def settled_claim(shop):
    """A settled claim of the shop, with evidence, whose owner is easily recognised."""
    scheme = make_scheme()
    claim = make_claim(scheme, trade_in=trade_in_of(shop, id_no=ID_NO, owner_name=NAME, phone=PHONE))
    checked(claim)
    allocate(scheme=scheme, now=NOW)
    claim.refresh_from_db()
    return claim


def previewed_file(shop):
    """A file of the shop's that waits to be confirmed."""
    return ImportBatch.objects.create(
        kind="trade_ins", state="preview", file_name="6月.csv", uploaded_at=NOW, merchant=shop
    )


def logged_in(user, **options):
    client = Client(**options)
    if user:
        client.force_login(user)
    return client


def who_it_is(html):
    """What of a person a page gives away: the whole ID, its birthday, the name, the phone."""
    digits = PHONE.removeprefix("+86")
    return [secret for secret in (ID_NO, "19491231", NAME, NAME[1:], digits, digits[3:7]) if secret in html]


def queries_with(more, make, client, url):
    """How many queries a page needs once `more` of these were made, to whoever has been here a moment ago."""
    for _ in range(more):
        make()
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def send(client, content, *, name="6月.csv", **fields):
    """Upload through the form; the response of the form."""
    return client.post(reverse("imports"), {"file": SimpleUploadedFile(name, content), **fields})


def sent(client, content, **fields):
    """Upload a file and let it be read; its batch."""
    response = send(client, content, **fields)
    batch = ImportBatch.objects.get()
    assert response.headers["Location"] == reverse("import", args=[batch.pk])
    read_upload(batch.pk)
    batch.refresh_from_db()
    return batch


def page_of(client, row, **query):
    """The page of a claim or of a batch."""
    name = "portal-claim" if isinstance(row, Claim) else "import"
    response = client.get(reverse(name, args=[row.pk]), query)
    assert response.status_code == 200
    return response.content.decode()


def act(client, verb, batch):
    """Press a button, and say yes to what is shown where staff are asked; the page that follows."""
    address = reverse(f"import-{verb}", args=[batch.pk])
    seen = re.search(r'name="seen" value="([^"]*)"', client.get(address).content.decode())
    said = {"confirmed": "1", "seen": seen.group(1) if seen else ""}
    response = client.post(address, said, follow=True)
    assert response.status_code == 200
    batch.refresh_from_db()
    return response.content.decode()
