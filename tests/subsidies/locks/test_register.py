"""The province's lock register: one key, one live lock, whoever asks, however often, and whatever was restored."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from core.audit.acting import acting
from core.signing.sm2 import keys_in, new_key, signing_key
from ebikes.licensing.signatures import NotBelieved, Signatures
from subsidies.locks.protocol import (
    Ask,
    Asking,
    Key,
    Kind,
    NotThisProtocol,
    Question,
    read_answer,
    read_asking,
)
from subsidies.locks.selectors.held import held_by
from subsidies.locks.services.answer import answer_cell
from subsidies.models import Lock, LockCell, LockEntry, LockRegister
from tests.console import refused, tamper
from tests.factories import NOW

pytestmark = pytest.mark.django_db

RESERVE, KEEP, RELEASE = Ask.RESERVE, Ask.KEEP, Ask.RELEASE
HANGZHOU, NINGBO, WENZHOU = "330100", "330200", "330300"
CITIES = (HANGZHOU, NINGBO, WENZHOU)
KEYS = {code: new_key("province") for code in CITIES}


@pytest.fixture(autouse=True)
def _province(settings, tmp_path):
    settings.PROVINCE_CELLS = ",".join(f"{code}:市{code}:{key.split(':')[2]}" for code, key in KEYS.items())
    settings.LOCK_ANCHOR_FILE = str(tmp_path / "anchor.json")
    settings.SIGNING_KEYS = new_key("province")


def key(name: str, kind: Kind = Kind.BIKE, most: int = 1) -> Key:
    return Key(kind, name.encode().ljust(16, b".").hex(), most)


_numbers = iter(range(1, 10**9))


def question(claim: str, ask: Ask, *keys: Key, number: int | None = None, held: bool = False) -> Question:
    return Question(number or next(_numbers), claim, ask, keys, held)


def said(cell: str, *questions: Question, epoch=1, generation=1, heard=0, told_anew=False, now=NOW):
    """What the register answers, as it arrives at the cell."""
    asking = Asking(cell, epoch, generation, heard, told_anew, questions)
    told = json.loads(json.dumps(asking.as_json()))
    return read_answer(json.loads(json.dumps(answer_cell(read_asking(told), now=now).as_json())), questions)


def word(cell: str, claim: str, ask: Ask, *keys: Key, now=NOW, **how) -> str:
    """Of one question, the word."""
    about = {name: how.pop(name) for name in ("number", "held") if name in how}
    answer = said(cell, question(claim, ask, *keys, **about), now=now, **how)
    return answer.words[0].word if answer.words else answer.refusal


def test_of_two_cells_the_first_has_the_bike_and_the_second_hears_who():
    assert word(HANGZHOU, "H1", RESERVE, key("bike")) == "reserved"
    answer = said(NINGBO, question("N1", RESERVE, key("bike")))
    (told,) = answer.words
    assert (told.word, told.cell, told.claim, told.kind) == ("taken", HANGZHOU, "H1", "bike")


def test_a_claim_has_all_its_keys_or_none():
    assert word(HANGZHOU, "H1", RESERVE, key("car", Kind.VEHICLE)) == "reserved"
    assert word(NINGBO, "N1", RESERVE, key("bike"), key("car", Kind.VEHICLE)) == "taken"
    assert word(WENZHOU, "W1", RESERVE, key("bike")) == "reserved"


def test_asked_twice_is_asked_once():
    one = question("H1", RESERVE, key("bike"))
    first, second = said(HANGZHOU, one), said(HANGZHOU, one)
    assert [each.word for answer in (first, second) for each in answer.words] == ["reserved", "reserved"]
    assert Lock.objects.count() == 1
    assert word(HANGZHOU, "H1", KEEP, key("bike")) == word(HANGZHOU, "H1", KEEP, key("bike")) == "kept"
    assert word(HANGZHOU, "H1", RELEASE) == word(HANGZHOU, "H1", RELEASE) == "released"
    assert word(NINGBO, "N1", RESERVE, key("bike")) == "reserved"


def test_a_question_that_a_newer_one_has_overtaken_changes_nothing():
    """A worker asked, was held up, and its request arrives after the claim was withdrawn."""
    late = next(_numbers)
    assert word(HANGZHOU, "H1", RELEASE) == "released"
    assert word(HANGZHOU, "H1", RESERVE, key("bike"), number=late) == "stale"
    assert word(NINGBO, "N1", RESERVE, key("bike")) == "reserved"


def test_what_one_claim_of_a_request_gives_up_the_next_may_have():
    """The same bike, in the same cell, under another record: the cell's own database lets only one live claim be."""
    assert word(HANGZHOU, "H1", RESERVE, key("bike")) == "reserved"
    assert word(HANGZHOU, "H2", RESERVE, key("bike")) == "wait"
    answer = said(HANGZHOU, question("H2", RESERVE, key("bike")), question("H1", RELEASE))
    assert [each.word for each in answer.words] == ["released", "reserved"]


def test_a_corrected_claim_lets_go_what_it_does_not_name_any_more():
    assert word(HANGZHOU, "H1", RESERVE, key("bike"), key("car", Kind.VEHICLE)) == "reserved"
    assert word(HANGZHOU, "H1", RESERVE, key("bike"), key("right", Kind.VEHICLE)) == "reserved"
    assert word(NINGBO, "N1", RESERVE, key("car", Kind.VEHICLE)) == "reserved"


def test_a_reservation_ends_on_its_day_and_what_is_kept_does_not(settings):
    settings.LOCK_DAYS = 60
    word(HANGZHOU, "H1", RESERVE, key("bike"))
    word(HANGZHOU, "H2", KEEP, key("paid"))
    later = NOW + timedelta(days=61)
    assert word(NINGBO, "N1", RESERVE, key("bike"), now=later) == "reserved"
    assert word(NINGBO, "N2", RESERVE, key("paid"), now=later) == "taken"
    assert word(HANGZHOU, "H1", KEEP, key("bike"), now=later) == "taken"


def test_a_reservation_past_its_day_that_nobody_wants_is_kept_when_it_is_asked_for():
    word(HANGZHOU, "H1", RESERVE, key("bike"))
    assert word(HANGZHOU, "H1", KEEP, key("bike"), now=NOW + timedelta(days=100)) == "kept"


def person(most: int) -> Key:
    return key("王小芳", Kind.PERSON, most)


def test_a_persons_subsidies_are_counted_in_the_whole_province():
    assert word(HANGZHOU, "H1", RESERVE, person(1)) == "reserved"
    assert word(HANGZHOU, "H2", RESERVE, person(1)) == "reserved"  # its own walk knows who comes first
    assert word(NINGBO, "N1", RESERVE, person(1)) == "taken"


def test_where_two_are_allowed_two_cities_may_have_one_each():
    assert word(HANGZHOU, "H1", RESERVE, person(2)) == "reserved"
    assert word(NINGBO, "N1", RESERVE, person(2)) == "reserved"
    assert word(NINGBO, "N2", RESERVE, person(2)) == "taken"
    assert word(WENZHOU, "W1", RESERVE, person(2)) == "taken"


# ------------------------------------------------------------------ restored


def test_what_an_old_epoch_asks_is_refused_whole():
    """The city was restored from a backup, and its old stack still runs somewhere."""
    word(HANGZHOU, "H1", KEEP, key("bike"), epoch=2)
    assert word(HANGZHOU, "H1", RELEASE, epoch=1) == "old_epoch"
    assert word(NINGBO, "N1", RESERVE, key("bike")) == "taken"


def test_in_a_new_epoch_what_was_reserved_and_is_forgotten_gives_way_in_the_own_cell():
    word(HANGZHOU, "H1", RESERVE, key("bike"))
    word(HANGZHOU, "H2", KEEP, key("paid"))
    assert word(HANGZHOU, "H9", RESERVE, key("bike"), epoch=2, number=1) == "reserved"
    assert (
        word(HANGZHOU, "H8", RESERVE, key("paid"), epoch=2, number=2) == "wait"
    )  # it was paid for: a person looks


def test_the_cell_hears_how_far_it_had_come():
    word(HANGZHOU, "H1", RESERVE, key("bike"), number=500)
    answer = said(HANGZHOU)
    assert (answer.seen, answer.epoch) == (500, 1)


def restore_register() -> None:
    """Its database as it was before anything was asked."""
    tables = ("lockentry", "lock", "lockholder", "lockcell", "lockregister")
    tamper("; ".join(f"DELETE FROM subsidies_{table}" for table in tables))


def test_a_register_that_lies_behind_its_anchor_grants_nothing_before_all_have_told():
    h1 = question("H1", KEEP, key("bike"))
    said(HANGZHOU, h1)
    restore_register()
    answer = said(NINGBO, question("N1", RESERVE, key("bike")))
    assert (answer.words[0].word, answer.collecting, answer.generation) == ("wait", True, 2)

    again = Question(h1.number, h1.claim, h1.ask, h1.keys, held=True)
    assert said(HANGZHOU, again, generation=2).words[0].word == "kept"
    for city in (HANGZHOU, NINGBO):
        assert said(city, generation=2, told_anew=True).collecting
    assert not said(WENZHOU, generation=2, told_anew=True).collecting
    assert word(NINGBO, "N1", RESERVE, key("bike")) == "taken"
    assert word(NINGBO, "N2", RESERVE, key("another")) == "reserved"


def test_without_an_anchor_the_cells_notice(settings):
    settings.LOCK_ANCHOR_FILE = ""
    heard = said(HANGZHOU, question("H1", KEEP, key("bike"))).position
    restore_register()
    assert said(HANGZHOU, heard=heard).collecting


def test_what_a_backup_still_held_and_was_released_since_is_forgotten():
    word(HANGZHOU, "H1", RESERVE, key("bike"))
    tamper(
        "UPDATE subsidies_lockregister SET position = 0"
    )  # H1 was released, and N1 had it, before it was restored
    held = said(NINGBO, question("N1", RESERVE, key("bike"), held=True))
    assert (held.collecting, held.words[0].word) == (True, "reserved")
    word(HANGZHOU, "H2", RESERVE, key("other"), held=True, generation=2)
    for city in CITIES:
        said(city, generation=2, told_anew=True)
    assert LockRegister.objects.get().collecting is False
    assert held_by(HANGZHOU)["held"] == [{"claim": "H2", "kept": False}]


def test_an_unreadable_anchor_is_no_answer(settings, tmp_path):
    (tmp_path / "anchor.json").write_text("{")
    assert post(HANGZHOU).status_code == 503


# ------------------------------------------------------------------ what PostgreSQL refuses


def test_the_database_holds_one_live_lock_of_a_key():
    word(HANGZHOU, "H1", RESERVE, key("bike"))
    word(NINGBO, "N1", RESERVE, key("other"))
    other = Lock.objects.get(holder__claim="N1")
    with pytest.raises(IntegrityError, match="one_key_has_one_live_lock"), acting("test", by=None, now=NOW):
        Lock.objects.create(
            holder=other.holder,
            cell=other.cell,
            kind="bike",
            index=Lock.objects.first().index,
            state="kept",
            position=9,
        )


def test_neither_epochs_nor_positions_go_back_and_entries_stay():
    word(HANGZHOU, "H1", RESERVE, key("bike"), epoch=3)
    assert refused("UPDATE subsidies_lockcell SET epoch = 2", because="does not go back|no process")
    assert refused("UPDATE subsidies_lockholder SET epoch = 2", because="newer epoch|no process")
    assert refused("UPDATE subsidies_lockregister SET position = 0", because="does not go back|no process")
    assert refused("DELETE FROM subsidies_lockentry", because="refused|permission|never|only")
    entry = LockEntry.objects.get()
    assert (entry.ask, entry.word, entry.epoch, entry.holder.claim) == ("reserve", "reserved", 3, "H1")


# ------------------------------------------------------------------ over the wire


def post(cell: str, *questions: Question, signer: str = "", client: Client | None = None, body: bytes = b""):
    asking = Asking(cell, 1, 1, 0, False, questions)
    data = body or json.dumps(asking.as_json()).encode()
    mine = keys_in(signer or KEYS[cell])["province"]
    signatures = Signatures(mine, signing_key("province").public.hex())
    path = reverse("province-locks")
    signed, headers = signatures.request("POST", f"http://register{path}", data)
    response = (client or Client()).post(path, data, content_type="application/json", headers=headers)
    if response.status_code == 200:
        signatures.believe_answer(signed, 200, response.headers, response.content)
        with pytest.raises(NotBelieved):
            signatures.believe_answer(signed, 200, response.headers, response.content + b" ")
    return response


def test_a_signed_question_has_a_signed_answer():
    answer = post(HANGZHOU, question("H1", RESERVE, key("bike"))).json()
    assert [each["word"] for each in answer["words"]] == ["reserved"]
    assert LockCell.objects.get().heard_at is not None


@pytest.mark.parametrize("wrong", ["another city's key", "no city", "unsigned", "no JSON"])
def test_who_is_not_a_cell_is_told_nothing(wrong):
    if wrong == "unsigned":
        response = Client().post(reverse("province-locks"), "{}", content_type="application/json")
    elif wrong == "no JSON":
        response = post(HANGZHOU, body=b"\xff{")
    else:
        cell = "999999" if wrong == "no city" else HANGZHOU
        response = post(cell, question("X", RESERVE, key("bike")), signer=KEYS[NINGBO])
    assert response.status_code == 401
    assert not Lock.objects.exists()


def test_a_cell_may_ask_for_the_list_of_what_it_holds_and_no_other():
    word(HANGZHOU, "H1", KEEP, key("bike"))
    word(NINGBO, "N1", RESERVE, key("other"))
    path, data = reverse("province-held"), json.dumps({"cell": HANGZHOU}).encode()
    signatures = Signatures(keys_in(KEYS[HANGZHOU])["province"], signing_key("province").public.hex())
    _signed, headers = signatures.request("POST", f"http://register{path}", data)
    response = Client().post(path, data, content_type="application/json", headers=headers)
    assert response.json() == {"held": [{"claim": "H1", "kept": True}], "next": ""}


def test_an_installation_that_is_no_register_has_no_such_page(settings):
    settings.PROVINCE_CELLS = ""
    assert post(HANGZHOU).status_code == 404


WHOLE = {"number": 1, "claim": "H1", "ask": "reserve", "held": False}
BIKE = {"kind": "bike", "index": "00" * 16, "most": 1}


@pytest.mark.parametrize(
    "wrong",
    [
        {"ask": "steal"},
        {"number": -1},
        {"number": True},
        {"claim": ""},
        {"keys": []},
        {"keys": [BIKE | {"index": "zz"}]},
        {"keys": [BIKE | {"kind": "house"}]},
        {"ask": "release"},
    ],
    ids=str,
)
def test_what_is_not_the_protocol_is_said_so(wrong):
    told = {"cell": HANGZHOU, "epoch": 1, "generation": 1, "heard": 0, "told_anew": False}
    body = json.dumps(told | {"questions": [WHOLE | {"keys": [BIKE]} | wrong]}).encode()
    assert post(HANGZHOU, body=body).status_code == 422


@given(
    st.dictionaries(
        st.sampled_from(["generation", "position", "words", "epoch", "refusal"]), st.text() | st.integers()
    )
)
def test_an_answer_that_is_none_is_no_answer(told):
    whole = {
        "generation": 1,
        "position": 1,
        "epoch": 1,
        "seen": 0,
        "collecting": False,
        "refusal": "",
        "words": [],
    }
    try:
        answer = read_answer(whole | told, [question("H1", RESERVE, key("bike"))])
    except NotThisProtocol:
        return
    assert answer.refusal
