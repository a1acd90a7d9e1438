"""What is written for good names nobody by a number, wherever it is written."""

import pytest
from django import forms
from django.urls import get_resolver

from core.privacy.notes import names_nobody
from core.staff.ask_first import NoteForm, RequiredNoteForm

RULES = {"lines", "columns", "signs", "plan"}  # line by line: they are read, and not kept as typed


@pytest.mark.parametrize("form", [NoteForm, RequiredNoteForm])
@pytest.mark.parametrize(
    "note",
    [
        *("车主电话 139 1234 5678", "证件 11010519491231002x 已核", "＋８６１３９１２３４５６７８"),
        *("钱包0021345678901234", "钱包 ００２１ 3456 7890 1234", "0021-3456-7890-1234 已换"),
    ],
)
def test_a_note_with_somebodys_number_is_refused_and_nothing_is_lost(form, note):
    filled = form({"note": note})
    assert "不能写证件号码、手机号或钱包编号" in str(filled.errors["note"])
    assert note in filled.as_p()


def test_what_is_no_such_number_is_said_freely():
    ours = "GS2022000000000123，整车编码 123422200007788，2022-06-01 2022-07-01"
    assert NoteForm(
        {"note": f"{ours}，发票 012345678901，2022-06-30，杭A123456，0571-85022222，500 元"}
    ).is_valid()


def forms_of_ours(kind=forms.Form):
    for each in kind.__subclasses__():
        if each.__module__.split(".")[0] in ("core", "merchants", "ebikes", "subsidies"):
            yield each
        yield from forms_of_ours(each)


def open_to_numbers():
    get_resolver().url_patterns  # noqa: B018 - all pages are loaded then
    for form in forms_of_ours():
        for name, field in form.base_fields.items():
            is_text = isinstance(field, forms.CharField) and isinstance(field.widget, forms.Textarea)
            held = names_nobody in field.validators or (name == "note" and issubclass(form, NoteForm))
            if is_text and not held and name not in RULES:
                yield f"{form.__module__}.{form.__name__}.{name}"


def test_so_is_every_larger_text_on_a_form():
    assert "\n".join(sorted(set(open_to_numbers()))) == ""
