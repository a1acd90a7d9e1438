"""The forms of what staff decide: a reason from the list, and a note."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from core.staff.ask_first import NoteForm, RequiredNoteForm
from subsidies.actions.services.staff_actions import ACTIONS, StaffAction
from subsidies.decision_reasons import REFUSE

CHOOSE = [("", gettext_lazy("请选择"))]


class ReasonForm(NoteForm):
    """One reason from the action's list; "other" needs a note."""

    action: StaffAction
    reason = forms.ChoiceField(label=gettext_lazy("理由"), widget=UnfoldAdminSelectWidget)
    field_order = ("reason", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [*CHOOSE, *self.action.reasons.items()]  # type: ignore[attr-defined]
        self.fields["note"].required = self.action.needs_note

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        reason, note = data.get("reason", ""), data.get("note", "").strip()
        if self.action.lacks_note([reason], note):
            self.add_error("note", _("选“其他”时请写明理由。"))
        elif reason:
            data |= {"reasons": [reason], "note": note}
        return data


def reason_form(slug: str) -> type[ReasonForm]:
    """The form with the reasons for this action."""
    return type("ActionForm", (ReasonForm,), {"action": ACTIONS[slug]})


class RefusalForm(RequiredNoteForm):
    """The reasons of a refusal, one or several, and what was found."""

    reasons = forms.MultipleChoiceField(
        label=gettext_lazy("不予补贴原因"),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        choices=lambda: list(REFUSE.items()),
    )
    field_order = ("reasons", "note")


def refusal_form(proposed: Collection[str]) -> type[forms.Form]:
    """The form with the reasons that a colleague proposed ticked."""

    class ProposedForm(RefusalForm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.fields["reasons"].initial = list(proposed)

    return ProposedForm


class PlainForm(forms.Form):
    """Nothing to fill in."""
