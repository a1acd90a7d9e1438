"""Keys rotate: afterwards the first key opens everything that rests sealed, and everything still reads as before."""

import base64
import io
import os
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.conf import settings as configured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, models
from django.db.models.functions import Cast

from core.audit.acting import acting
from core.database.owner import owning
from core.exports.write import context_of, file_path
from core.models import Export, KnownKey, Passkey
from core.privacy.photos import keep_photo, open_photo, take_photo
from core.privacy.proofs import Proof
from core.privacy.rotation import rotate_column, sealed_columns
from core.privacy.scans import take_scan
from core.privacy.sealed_files import SEALED_FOLDERS, SealedWriter, unsealed
from core.privacy.sealing import Sealed, blind_index, place, seal, unseal
from core.rights import services
from ebikes.importing.models.staging import StagedFiledBike, StagedTradeIn
from ebikes.importing.uploads import keep_upload, unsealed_upload
from ebikes.models import ImportBatch, ImportRow, TradeInDraft, WrittenRow
from merchants.letters.signing import sign_letter
from merchants.models import Inspection, Publicity
from merchants.team.invitations import invite
from subsidies.casework.services.notes import add_note
from subsidies.models import OperatorAnswer, PaperEvidence, PayeeChange, StatementFile, WatchEntry
from subsidies.payouts.services.payouts import make_payouts
from subsidies.stated.services.figures import Statement, tell_figure
from tests.factories import (
    NOW,
    FiledBikeFactory,
    TradeInFactory,
    UserFactory,
    answered,
    lay_factor,
    make_answer,
    make_staff,
)
from tests.photos import jpeg

pytestmark = pytest.mark.django_db


@pytest.fixture
def put_a_new_key_in_front(settings):
    def put(number: int = 9) -> None:
        settings.FIELD_KEYS = (
            f"{number}:aes:{base64.b64encode(os.urandom(32)).decode()},{settings.FIELD_KEYS}"
        )

    return put


def sealed_by(column) -> set[int]:
    """The ids of the keys that sealed what is in a column."""
    with connection.cursor() as cursor:
        table = column.model._meta.db_table
        cursor.execute(
            f"SELECT DISTINCT get_byte({column.attname}, 1) FROM {table} WHERE {column.attname} IS NOT NULL"
        )
        return {key for (key,) in cursor.fetchall()}


@pytest.fixture
def photos(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def lay_passkey(user):
    told = {"name": "手机", "credential_id": b"k", "credential": "a", "sign_count": 0}
    with owning():
        Passkey.objects.create(user=user, made_at=NOW, **told)


@pytest.fixture
def world(photos, approved, maker):
    """Something sealed in every column and every folder."""
    trade_in = approved.claims.earliest("pk").trade_in
    write(trade_in, wallet_no="0021234567890124", owner_name_written="王小\ue863")
    name_people(trade_in.merchant, maker)
    note_with_scan(approved.claims.earliest("pk"), maker)
    name_doubts(approved.claims.get(trade_in=trade_in), maker)
    (batch,) = make_payouts(scheme=approved, claims=approved.claims.all(), by=maker, now=NOW).batches
    line = batch.lines.get(claim__trade_in=trade_in)
    with acting("test", by=None, now=NOW):
        for phone, wallet_no in (("+8613900000001", None), (None, "0021234567890123")):
            PayeeChange.objects.create(claim=line.claim, phone=phone, wallet_no=wallet_no, by=maker, at=NOW)
    FiledBikeFactory(phone="+8613900000002")
    OperatorAnswer.objects.create(batch=batch, asked="sent", at=NOW, request_id="q-1", raw='{"code": "OK"}')
    make_answer(trade_in, "exing")
    StatementFile.objects.create(
        file_name="对账单.csv", digest="d" * 64, content="5p2t", sent_by=maker, sent_at=NOW
    )
    services.propose(
        kind="password", by=make_staff("sysadmin"), now=NOW, note=".", person=lay_factor(maker).user
    )
    lay_passkey(maker)
    TradeInDraft.objects.create(
        merchant=trade_in.merchant,
        made_by=maker,
        cells='{"phone": "139"}',
        told="{}",
        opened_at=NOW,
        saved_at=NOW,
    )
    export = Export.objects.create(
        model_label="ebikes.tradein",
        query="q=139",
        file_format="csv",
        language="zh-hans",
        file_name="x.csv",
        asked_by=maker,
        asked_at=NOW,
    )
    file = ImportBatch.objects.create(
        kind="trade_ins",
        file_name="x.csv",
        file_sha256="0" * 64,
        samples='{"备注": ["139"]}',
        uploaded_at=NOW,
    )
    ImportRow.objects.create(batch=file, line=1, verdict="refused", reason="invalid", cells='["139"]')
    names = dict.fromkeys(("owner_name", "owner_name_written", "new_owner_name"), "王小芳")
    stage(StagedTradeIn, file, wallet_no="0021234567890125", phone="+8613900000003", **names)
    stage(StagedFiledBike, file, phone="+8613900000004")
    keep_upload(file, SimpleUploadedFile("x.csv", b"a" * 600_000))
    photo = keep_photo(take_photo(io.BytesIO(jpeg()), size=1000))
    keep_export(export)
    WrittenRow.objects.create(batch=file, target="ebikes_filedbike", row_id=1, before=as_it_was())
    return SimpleNamespace(photo=photo, export=export, file=file)


def as_it_was():
    """A filed bike before a file changed it."""
    sealed = seal("+8613900000005", context=place("ebikes.filedbike.phone", "杭A000001"))
    return {"filing_plate_no": "杭A000001", "phone": "\\x" + sealed.hex()}


def note_with_scan(claim, person):
    """What was noted on a case, and the paper."""
    scan = take_scan(io.BytesIO(b"%PDF-1.7 %%EOF"), size=20)
    add_note(claim=claim, text="已核实", by=person, now=NOW, scan=scan)


def keep_proofs():
    """Of a figure from outside, and of publicity."""
    scan = Proof("x.pdf", b"%PDF-1.7")
    tell_figure(
        told=Statement("code_plates", 1, NOW.date(), "云申领"), proof=scan, by=make_staff("officer"), now=NOW
    )
    card = Publicity(kind="card", title="提示卡", channel="代办点", began_on=NOW.date(), done_by="市场监管局")
    card.attach(scan)
    card.save()


def keep_export(export):
    """The file that somebody asked for."""
    file_path(export.pk).parent.mkdir(parents=True)
    with file_path(export.pk).open("wb") as handle:
        writer = SealedWriter(handle, context=context_of(export.pk))
        writer.write(b"a" * 600_000)
        writer.finish()


def name_doubts(claim, person):
    """Whom a paper names, and who is on the fraud list."""
    told = {"note": "x", "expires_on": NOW.date(), "proposed_by": person, "proposed_at": NOW}
    PaperEvidence.objects.create(
        **{"claim": claim, "subject": "heir", "other_id_no": "11010519491231002X", "other_print": "x"},
        **{"title": "公证书", "scans": ["0" * 32], "digests": ["0" * 64], **told},
    )
    entry = {"kind": "phone", "value": "+8613900000009", "value_print": "x", "reason": "report"}
    index = blind_index(entry["value"], context="phone")
    WatchEntry.objects.create(**entry, value_index=index, **told)


def name_people(shop, person):
    """Who is of the staff, who is invited, who signed, who inspected (which stands, once it is concluded)."""
    keep_proofs()
    person.full_name = "陈经办"
    person.save()
    invite(merchant=shop, role="clerk", name="李娜", by=UserFactory(is_staff=True), now=NOW)
    sign_letter(merchant=shop, signer="王店主", by=person, now=NOW)
    Inspection.objects.create(
        merchant=shop,
        inspected_on=NOW.date(),
        inspectors="陈队",
        signer="王店主",
        conclusion="clean",
        **answered(),
    )


def write(trade_in, **columns):
    """A record that says something in each of its sealed columns."""
    index = blind_index(columns["wallet_no"], context="wallet_no")
    for name, value in {**columns, "wallet_index": index}.items():
        setattr(trade_in, name, value)
    trade_in.save()


def stage(model, batch, **contacts):
    """A row that waits, sealed for the table that it will go to; what says nothing here is empty."""
    empty = {
        "CharField": "",
        "DateTimeField": NOW,
        "DateField": NOW.date(),
        "BinaryField": b"\1" * 16,
        "ArrayField": [],
    }
    row = model(batch=batch, line=1, owner_record=77)
    for field in model._meta.concrete_fields:
        if not field.null and field.get_internal_type() in empty and field.name not in ("batch", "line"):
            setattr(row, field.attname, empty[field.get_internal_type()])
    known = {
        "id_no": "330105199001010011",
        "owner_name": "王䶮",
        "owner_name_written": "王\ue863",
        "new_owner_name": "王䶮",
    }
    for field in model._meta.concrete_fields:
        if isinstance(field, Sealed):
            text = {**known, **contacts}[field.name]
            setattr(row, field.name, seal(text, context=field.context_of(row)))
    row.save()


def everything():
    """All that rests sealed in columns, opened."""
    return {
        (column.sealed_for, column.model._meta.label, row.pk): unseal(
            bytes(getattr(row, f"_{column.name}")), context=column.context_of(row)
        )
        for column in sealed_columns()
        for row in column.model.objects.filter(**{f"{column.name}__isnull": False}).annotate(
            **{f"_{column.name}": Cast(column.attname, models.BinaryField())}
        )
    }


def test_after_a_rotation_the_first_key_seals_everything_and_nothing_is_lost(
    world, put_a_new_key_in_front, capsys
):
    """Of every sealed column and folder there is something in this world: a new one that is not, fails here."""
    before = everything()
    photo = open_photo(world.photo)
    assert {column for column in sealed_columns() if not sealed_by(column)} == set()
    put_a_new_key_in_front()

    call_command("rotate_keys")

    assert {column for column in sealed_columns() if sealed_by(column) != {9}} == set()
    assert everything() == before
    for folder in SEALED_FOLDERS.values():
        (path,) = Path(configured.MEDIA_ROOT).glob(folder.pattern)
        assert path.read_bytes()[5 if folder.pieces else 1] == 9
    assert open_photo(world.photo) == photo
    with unsealed_upload(world.file.pk) as path:
        assert path.read_bytes() == b"a" * 600_000
    assert (
        b"".join(unsealed(file_path(world.export.pk), context=context_of(world.export.pk))) == b"a" * 600_000
    )
    remembered = bytes.fromhex(WrittenRow.objects.get().before["phone"][2:])
    assert remembered[1] == 9
    assert unseal(remembered, context=place("ebikes.filedbike.phone", "杭A000001")) == "+8613900000005"
    assert "subsidies.payeechange.wallet_no" in capsys.readouterr().out


def test_a_second_rotation_has_nothing_to_do(world, put_a_new_key_in_front, capsys):
    put_a_new_key_in_front()
    call_command("rotate_keys")
    capsys.readouterr()
    call_command("rotate_keys")
    assert {line.rsplit("：")[-1] for line in capsys.readouterr().out.splitlines() if "加密" in line} == {
        "重新加密 0 项"
    }


def test_what_cannot_be_read_stops_nothing_else_and_is_named(world, put_a_new_key_in_front, capsys):
    broken = TradeInFactory()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ebikes_tradein SET phone = set_byte(phone, 20, 255 - get_byte(phone, 20)) WHERE id = %s",
            [broken.pk],
        )
    put_a_new_key_in_front()
    with pytest.raises(CommandError, match=f"ebikes_tradein.phone {broken.pk}"):
        call_command("rotate_keys")
    assert sealed_by(PayeeChange._meta.get_field("wallet_no")) == {9}
    assert not KnownKey.objects.filter(retired_at__isnull=False).exists()


def test_a_rotation_that_was_interrupted_goes_on(world, put_a_new_key_in_front, monkeypatch, capsys):
    put_a_new_key_in_front()
    columns = sealed_columns()

    def dies(_column, **_options):
        raise KeyboardInterrupt

    steps = {columns[-1]: dies}
    real = rotate_column
    monkeypatch.setattr(
        "subsidies.management.commands.rotate_keys.rotate_column",
        lambda column, **options: steps.get(column, real)(column, **options),
    )
    with pytest.raises(KeyboardInterrupt):
        call_command("rotate_keys")
    monkeypatch.undo()
    call_command("rotate_keys")
    assert {column for column in sealed_columns() if sealed_by(column) != {9}} == set()


def test_a_rotation_that_was_interrupted_in_a_file_leaves_the_file(
    world, put_a_new_key_in_front, monkeypatch
):
    put_a_new_key_in_front()
    monkeypatch.setattr("core.privacy.rotation.os.fsync", lambda _handle: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        call_command("rotate_keys")
    assert open_photo(world.photo)
    monkeypatch.undo()
    call_command("rotate_keys")
    assert open_photo(world.photo)
    assert not list(Path(configured.MEDIA_ROOT).glob("**/.*anew"))


@pytest.mark.parametrize(
    "change",
    [
        "wallet_no = NULL",
        "wallet_no = set_byte(wallet_no, 30, 255 - get_byte(wallet_no, 30))",
        "note = '另一个依据'",
        "wallet_index = '\\x00'",
    ],
)
def test_as_a_rotation_nothing_else_can_be_changed(world, change):
    """The guard of rows that are only added lets another key seal them, and nothing else."""
    for verb in ("rotate_keys", "rebuild_indexes", "(sql)"):
        with pytest.raises(DatabaseError, match="only ever added"), acting(verb, by=None, now=NOW):
            change_of_payees(change)


def change_of_payees(change):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE subsidies_payeechange SET {change} WHERE wallet_no IS NOT NULL")


# ------------------------------------------------------------------ nothing sealed is anywhere else

NOT_SEALED = {  # digests, heads and fingerprints; and what is printed and given out
    "_index", "digest", "hash", "prev_hash", "_head", "last_hash", "vouchers_digest", "written", "check_value", "key", "mac",
    "credential_id", "about", "subsidies.SignalSweep.proof", "subsidies.Lock.index",
    "subsidies.KeptDocument.content", "subsidies.IssueFigure.rows", "subsidies.IssueDocument.content",
    "subsidies.ReportTemplate.content",
    "ebikes.TradeInDraft.device",
}  # fmt: skip


def test_a_column_of_bytes_is_sealed_or_said_to_be_something_else():
    left = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.BinaryField) and field not in sealed_columns()
    ]
    assert [name for name in left if not any(name.endswith(each) for each in NOT_SEALED)] == []


def test_whoever_seals_is_known_to_the_rotation():
    """Modules that seal: the fields, those that write files (and enter their folder), and a login under way."""
    sealing = {
        str(path.relative_to(configured.BASE_DIR))
        for app in ("core", "merchants", "ebikes", "subsidies", "config")
        for path in Path(configured.BASE_DIR, app).rglob("*.py")
        if re.search(r"\b(seal|seal_bytes|SealedWriter|KeptFiles)\(", path.read_text())
    }
    assert sealing == {
        "core/bodies.py",  # while a request is under way
        "core/accounts/second_factor.py",  # in the session, for minutes: offered again where its key is gone
        "core/accounts/typed.py",  # in the session, for an hour: typed again where its key is gone
        "core/exports/write.py",
        "core/privacy/photos.py",
        "core/privacy/rotation.py",
        "core/privacy/scans.py",
        "core/privacy/sealed_files.py",
        "core/privacy/sealing.py",
        "ebikes/importing/remembered.py",
        "ebikes/importing/staging.py",  # columns of `SealedFor`
        "ebikes/importing/uploads.py",
        "subsidies/checks/pages/precheck.py",  # between two pages: asked again where its key is gone
    }
    assert set(SEALED_FOLDERS) == {"photos", "exports", "uploads", "scans"}
