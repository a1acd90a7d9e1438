"""One step of the counter as a form: whatever is typed is kept, what is wrong is told, what is known is not asked."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.privacy.fields import NeverShownInput
from core.privacy.masks import PERSONAL_FIELDS, mask_field
from core.privacy.sealing import fingerprint
from core.shanghai import today
from ebikes.importing import identity
from ebikes.importing.form import wrong_fields
from ebikes.models import EVENTS
from merchants.models import Merchant
from subsidies.intake.pages.steps import KIND, Field, Step
from subsidies.intake.pages.typed_times import in_full

TAKEN_OUT = "_out"  # after a field's name: the tick that takes its value out
SEEN = "as_seen"
IN_TURN = "closest form:queue all"  # each tells what the page has seen, and that follows from the answer to the one before


class StepForm(forms.Form):
    """One step as a form. It keeps whatever is typed: being wrong is told, and nothing is lost.

    `theirs`: the fields that a licensing system has filled in; they are not asked. `kept`: what the draft holds already.
    What tells who somebody is goes in and comes back masked, beside an empty field: left empty it stays, and what may be
    lacking is taken out by a tick.

    The page carries a digest of each value that it was shown with. What another window has changed since stays as that has
    it, where this one left it alone; where both typed, that is told and the other's stays until this one is sent again.
    """

    def __init__(
        self,
        step: Step,
        merchant: Merchant,
        *args: Any,
        kept: Mapping[str, str],
        theirs: Collection[str] = (),
        save_to: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.step, self.kept = step, kept
        self._shown = _read(self.data.get(SEEN, ""))
        self.asked = [field for field in step.fields if field.key not in theirs]
        for field in self.asked:
            self.fields[field.key] = form_field = _form_field(field, merchant, save_to)
            if field.key in PERSONAL_FIELDS and (value := kept.get(field.key, "")):
                shown = {"value": mask_field(field.key, value)}
                form_field.widget.attrs["placeholder"] = _("%(value)s(留空不改)") % shown
                form_field.widget.attrs.pop("aria-required", None)
                if not field.required:
                    self.fields[f"{field.key}{TAKEN_OUT}"] = _tick(field, save_to)

    def clean(self) -> dict[str, Any]:
        day, typed = today(), super().clean() or {}
        return {
            key: in_full(str(value or ""), today=day) if key in EVENTS else str(value or "")
            for key, value in typed.items()
        }

    def sent(self) -> dict[str, str]:
        """The fields that came, and no others: a part of the page leaves the rest alone."""
        keys = [field.key for field in self.asked if field.key in self.data]
        came = {key: self.cleaned_data[key] for key in keys}
        said = {key: text for key, text in came.items() if text or key not in PERSONAL_FIELDS}
        out = {key: "" for key in keys if self.cleaned_data.get(f"{key}{TAKEN_OUT}") and not came[key]}
        return {key: text for key, text in (said | out).items() if not self._is_others(key)}

    @property
    def seen(self) -> str:
        """What a page is shown with, for the next time that it is sent."""
        return self.seen_by_a_page_that_stays(told=[field.key for field in self.asked])

    def seen_by_a_page_that_stays(self, *, told: Collection[str]) -> str:
        """The same of a page that is not shown anew: it knows of another window's values only those that it was told."""
        keys = [field.key for field in self.asked]
        unknown = {key for key in keys if key not in told and self._is_others(key)}
        return json.dumps(
            {key: self._shown[key] if key in unknown else _digest(self._now(key)) for key in keys}
        )

    def show_what_others_typed(self) -> None:
        """In the fields that this window has left alone."""
        shown: Any = self.data.copy()  # type: ignore[attr-defined]
        for field in self.asked:
            key = field.key
            if key not in PERSONAL_FIELDS and self._is_others(key) and not self._touched(key):
                shown[key] = self._now(key)
        self.data = shown

    def typed_twice(self) -> dict[str, str]:
        """The fields into which another window and this one put different things, with a sentence for each."""
        return {
            field.key: _("另一窗口刚把这一项改为“%s”。要改成您填的，请再保存一次。")
            % (mask_field(field.key, self._now(field.key)) or _("空"))
            for field in self.asked
            if field.key in self.data and self._is_others(field.key) and self._touched(field.key)
        }

    def _now(self, key: str) -> str:
        return self.kept.get(key, "")

    def _is_others(self, key: str) -> bool:
        """Whether it was changed elsewhere since this page was shown, to something else than stands here."""
        changed = key in self._shown and self._shown[key] != _digest(self._now(key))
        return changed and self.cleaned_data.get(key, "") != self._now(key)

    def _touched(self, key: str) -> bool:
        typed = self.cleaned_data[key]
        if key in PERSONAL_FIELDS:  # never shown: what is typed is new
            return bool(typed)
        return _digest(typed) != self._shown.get(key)

    def judge(self, cells: Mapping[str, str]) -> bool:
        """Mark the fields that are wrong, `cells` being all that is known of the draft; return whether none is."""
        wrong = wrong_fields(KIND, cells, among=self.fields)
        for key, text in wrong.items():
            self.add_error(key, text)
        return not wrong

    def lead_to_the_first_mistake(self) -> None:
        """The page opens with the cursor where something has to be put right."""
        for key in self.fields:
            if key in self.errors:
                self.fields[key].widget.attrs["autofocus"] = True
                return

    @property
    def open_fields(self) -> list[forms.BoundField]:
        """What stands on the page at once: what is needed, and what is wrong."""
        folded = {bound.name for bound in self.folded_fields}
        return [bound for bound in self if bound.name not in folded]

    @property
    def folded_fields(self) -> list[forms.BoundField]:
        """What few records need."""
        folded = [field.key for field in self.asked if field.folded and field.key not in self.errors]
        return [self[name] for key in folded for name in (key, f"{key}{TAKEN_OUT}") if name in self.fields]


def _digest(value: str) -> str:
    """Of a value that may tell who somebody is: nobody guesses it from the page."""
    return fingerprint(value, context="ebikes.tradeindraft.cells").hex()


def _read(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _form_field(field: Field, merchant: Merchant, save_to: str) -> forms.Field:
    saving = {
        "hx-post": save_to,
        "hx-trigger": "change",
        "hx-target": f"#wrong-{field.key}",
        "hx-include": "closest form",
        "hx-sync": IN_TURN,
        "hx-vals": f'{{"field": "{field.key}"}}',
    }
    attrs = {
        "autocomplete": "off",
        "aria-describedby": f"hint-{field.key} wrong-{field.key}" if field.hint else f"wrong-{field.key}",
        **(saving if save_to else {}),
        **({"aria-required": "true"} if field.required else {}),
    }
    if field.key == "id_kind":
        widget: forms.Widget = forms.Select(attrs, choices=identity.CHOICES)
    elif field.key == "agent_point_no":
        points = merchant.agent_points.order_by("point_no").values_list("point_no", flat=True)
        widget = forms.Select(attrs, choices=[("", "—"), *((no, no) for no in points)])
    elif field.key in EVENTS:
        widget = forms.TextInput({**attrs, "placeholder": _("例如 8月31日 10:30"), "class": "moment"})
    else:
        kind = NeverShownInput if field.key in PERSONAL_FIELDS else forms.TextInput
        widget = kind({**attrs, "inputmode": field.keyboard})
    widget.is_needed = field.required  # type: ignore[attr-defined]
    return forms.CharField(label=field.label, help_text=field.hint, required=False, strip=True, widget=widget)


def _tick(field: Field, save_to: str) -> forms.Field:
    attrs = {
        "hx-post": save_to,
        "hx-trigger": "change",
        "hx-swap": "none",
        "hx-include": "closest form",
        "hx-sync": IN_TURN,
    }
    label = _("删去%s") % field.label
    return forms.BooleanField(
        label=label, required=False, widget=forms.CheckboxInput(attrs if save_to else {})
    )
