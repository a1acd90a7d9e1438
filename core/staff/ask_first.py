"""The question before anything that cannot be taken back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import DataError, IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from core.accounts.typed import is_resumed
from core.privacy.notes import names_nobody
from core.signing.sm3 import sm3
from core.staff.base import logger
from core.staff.ending import ENDING, is_ending


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows that it concerns, some or all, to be looked at before: the columns' titles, and each row's page and cells."""

    titles: Sequence[object]
    rows: Sequence[tuple[str, Sequence[object]]]
    heading: object = _("随机抽出的几份，请点开看过再确认")


@dataclass(frozen=True, slots=True)
class Effect:
    """What an action is about to do: a sentence, figures by name, a warning, a sample; or that there is nothing to do."""

    sentence: str
    facts: Sequence[tuple[str, object]] = ()
    warning: str = ""
    possible: bool = True
    sample: Sample | None = None


class NoteForm(forms.Form):
    """A note that stands beside the action in the history for good."""

    note = forms.CharField(
        label=_("说明"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text=_("写入经过，不可更改。请勿填写证件号码、手机号等个人信息。"),
    )

    def clean_note(self) -> str:
        """Whatever form has a note: it stays for good, so it names nobody."""
        note: str = self.cleaned_data["note"]
        names_nobody(note)
        return note


class RequiredNoteForm(NoteForm):
    """A note that has to be given."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = True


SELECTION_CHANGED = _("名单在您查看之后有了变化，请重新核对后再确认。")
EFFECT_CHANGED = _("您查看之后情况有了变化，请重新核对后再确认。")


def digest_of(*shown: object) -> str:
    """What was shown, as 64 hex digits (SM3): sent back with the decision, and kept beside it."""
    return sm3(repr(shown).encode()).hex()


def bound_to_what_was_seen(
    form: type[forms.Form], seen: str, changed: object = SELECTION_CHANGED
) -> type[forms.Form]:
    """The form, taken only for what was shown; a changed selection or effect is shown again before anything is done."""

    def clean(self: Any) -> Any:
        data = form.clean(self)
        if self.data.get("seen") != seen:
            self.data = self.data.copy()
            self.data["seen"] = seen
            self.add_error(None, changed)
        return data

    hidden = forms.CharField(widget=forms.HiddenInput, initial=seen)
    return type("SeenForm", (form,), {"seen": hidden, "clean": clean})


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in a sentence, and the page that shows it where it made something new."""

    sentence: str
    page: str = ""

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before something is done. `do` gets the form's data and returns the sentence that is shown then,
    or a `Done`, which may lead to what was made.

    `refusals`: the exceptions by which the verb says no, with the sentence for each. `back`: where a page of its own
    leads when it is done; an action of a list has none, the list is shown again.
    """

    title: object
    effect: Effect
    do: Callable[[dict[str, Any]], object]
    form: type[forms.Form] = NoteForm
    refusals: Mapping[type[Exception], object] = field(default_factory=dict)
    back: str = ""


def _pressed(title: str) -> str:
    """What the button says: a title that says "confirm" itself says it once."""
    confirm = str(_("确认"))
    if title.casefold().startswith(confirm.casefold()):
        return title
    return f"{confirm}{_('：')}{title}"


def ask_first(request: HttpRequest, question: Question) -> HttpResponse | None:
    """Say what is about to happen and ask once; then do it. None when it is done and a list is to be shown again."""
    confirmed, onward = "confirmed" in request.POST, question.back
    filled = question.form()
    if confirmed:
        files = (request.FILES,) if filled.is_multipart() else ()
        filled = question.form(request.POST, *files)
    if confirmed and question.effect.possible and not is_resumed(request) and filled.is_valid():
        try:
            done = question.do(filled.cleaned_data)
            messages.success(request, str(done))
            onward = (isinstance(done, Done) and done.page) or onward
        except tuple(question.refusals) as refusal:
            said = (text for kind, text in question.refusals.items() if isinstance(refusal, kind))
            messages.error(request, str(next(said)))
        except (IntegrityError, DataError):  # the database had the last word: somebody was quicker
            logger.warning("%s was refused by the database", question.title, exc_info=True)
            messages.error(request, _("办理的同时情况有变，没有办理。请看过现在的情况再定。"))
        return redirect(onward) if onward else None
    chosen = ("action", "select_across", ACTION_CHECKBOX_NAME)
    context = {
        **admin.site.each_context(request),
        "title": question.title,
        "press": _pressed(str(question.title)),
        "effect": question.effect,
        "variant": "danger" if is_ending(request.path) or request.POST.get("action") in ENDING else "",
        "form": filled,
        "chosen": [(name, value) for name in chosen for value in request.POST.getlist(name)],
        "back": question.back or request.get_full_path(),
    }
    return TemplateResponse(request, "core/staff/ask_first.html", context)
