"""The template of the prose: edited in Word, tried before it is proposed, put in force by another person."""

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from docx import Document

from subsidies.issues.prose import NotATemplate, prose_of, written
from subsidies.issues.selectors.contents import content_of, in_force
from subsidies.issues.services.issues import make_issue
from subsidies.issues.services.templates import (
    AlreadyOpen,
    Decided,
    NoteMissing,
    OwnProposal,
    decide_template,
    propose_template,
)
from subsidies.issues.shipped import shipped_template
from subsidies.issues.words import (
    Word,
    in_characters,
    listed,
    percent,
    rounded_down,
    stages_in_words,
    whole_percent,
)
from subsidies.models import ReportTemplate
from subsidies.reports.selectors.figures.figure import Scope
from tests.admin.district import logged_in
from tests.console import refused, update
from tests.factories import NOW, make_staff
from tests.laid import laid

pytestmark = pytest.mark.django_db
SCOPE = Scope(date(2022, 1, 1), date(2022, 6, 30))


@laid
def officer():
    return make_staff("officer")


@laid
def reviewer():
    return make_staff("reviewer")


def word_document(*paragraphs):
    document, out = Document(), io.BytesIO()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.save(out)
    return out.getvalue()


OURS = word_document("全区{{ 销售商户 }}家商户，{{ 期末|日期 }}。")


def propose(by, content=OURS):
    return propose_template(name="半年报.docx", content=content, scope=SCOPE, by=by, now=NOW, note="缩短")


def test_a_template_is_in_force_when_another_person_approves_it(officer, reviewer):
    template = propose(officer)
    assert in_force() is None
    with pytest.raises(OwnProposal):
        decide_template(template=template, approve=True, by=officer, now=NOW)
    with pytest.raises(AlreadyOpen):
        propose(officer)
    decide_template(template=template, approve=True, by=reviewer, now=NOW)
    with pytest.raises(Decided):
        decide_template(template=template, approve=False, by=reviewer, now=NOW, note="x")
    issue = make_issue(scope=SCOPE, by=officer, now=NOW)
    assert issue.template == template
    assert prose_of(bytes(issue.documents.get(file_format="docx").content)) == [
        "全区0家商户，2022年6月30日。"
    ]


def test_a_version_is_given_back_with_a_reason(officer, reviewer):
    template = propose(officer)
    with pytest.raises(NoteMissing):
        decide_template(template=template, approve=False, by=reviewer, now=NOW)
    decide_template(template=template, approve=False, by=reviewer, now=NOW, note="错字")
    assert content_of(in_force()) == shipped_template()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (word_document("{{ 没有这个名称 }}"), "没有这个名称"),
        (word_document("{{ 销售商户|没有这个写法 }}"), "没有这个写法"),
        (word_document("{{ 销售商户"), ""),
        (b"PK\x03\x04 no archive", ""),
        (b"%PDF-1.7", ""),
        (word_document("{{ 销售商户.__class__.__mro__ }}"), ""),
        (word_document("{% for a in range(9) %}x{% endfor %}"), "range"),
        (word_document("{{ 'x' * 999999999 }}"), ""),
    ],
)
def test_what_cannot_be_filled_in_is_refused_with_the_word_that_is_unknown(officer, content, word):
    with pytest.raises(NotATemplate) as refusal:
        propose(officer, content)
    assert word in refusal.value.word
    assert not ReportTemplate.objects.exists()


def test_what_a_figure_says_is_never_markup():
    (text,) = prose_of(written(word_document("{{ 名称 }}"), {"名称": "<w:p/>&<b>"}))
    assert text == "<w:p/>&<b>"


def test_the_database_refuses_one_person_and_a_rewritten_template(officer, reviewer):
    template = propose(officer)
    alone = f"state = 'approved', decided_by_id = {officer.pk}, decided_at = now()"
    assert refused(update(template, alone), because="a_report_template_has_two_people")
    assert refused(update(template, "note = 'x'"), because="never changed")
    assert refused(
        f"DELETE FROM subsidies_reporttemplate WHERE id = {template.pk}", because="only ever added"
    )


def test_it_is_taken_handed_in_and_approved_on_its_page(officer, reviewer):
    maker, other, page = logged_in(officer), logged_in(reviewer), reverse("staff-report-templates")
    assert "销售商户" in maker.get(page).content.decode()
    assert maker.get(reverse("staff-template-docx", args=[0])).content == shipped_template()
    wrong = SimpleUploadedFile("半年报.docx", word_document("{{ 商铺 }}"))
    told = maker.post(reverse("staff-template-new"), {"file": wrong, "note": "改写"}).content.decode()
    assert "模板里的“商铺”不是可用的名称或写法" in told
    maker.post(
        reverse("staff-template-new"), {"file": SimpleUploadedFile("半年报.docx", OURS), "note": "改写"}
    )
    template = ReportTemplate.objects.get()
    approve = reverse("staff-template-verb", args=[template.pk, "approve"])
    assert maker.get(approve).status_code == 403
    seen = other.get(approve).context["form"]["seen"].value()
    other.post(approve, {"confirmed": "1", "seen": seen, "note": ""})
    assert in_force() == template


def test_numbers_are_written_as_the_bureau_writes_them():
    over, nearly, money = (
        Word(45_000, exactness="over"),
        Word(3_500, exactness="nearly"),
        Word(78_000_000, True),
    )
    assert [str(over), over.in_wan(), str(nearly), nearly.in_wan()] == [
        "45000余",
        "4.5万余",
        "近3500",
        "近3500",
    ]
    assert [str(money), money.in_wan(), str(Word(30_050, True))] == ["780000", "78万", "300.50"]
    assert [rounded_down(Word(n)) for n in (7, 250, 253)] == ["7", "250", "250余"]
    assert [in_characters(n) for n in (2, 10, 12, 15, 20)] == ["二", "十", "十二", "十五", "二十"]
    shares = [Word(n, part=(n, 272)) for n in (264, 271, 272)]
    assert [percent(share) for share in shares] == ["97.0%", "99.6%", "100%"]
    assert [whole_percent(share) for share in shares] == ["97%", "99%", "100%"]
    assert listed(Word(2, notes=("武林银泰", "嘉里中心"))) == "武林银泰、嘉里中心"


def test_what_nobody_told_says_so():
    nothing = Word(None)
    told = [str(nothing), nothing.in_wan(), rounded_down(nothing), in_characters(nothing), percent(nothing)]
    assert set(told) == {"（未登记）"}
    assert stages_in_words([])["阶段数"] == 0
