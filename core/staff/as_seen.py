"""Two windows on one record: the second save says who changed what meanwhile, and loses nothing.

A form carries a digest of every value that it was shown with. Where one of them is another by now, nothing is saved: the
form comes back with what was typed, and, in the fields that were left as they were, with what stands there now.
"""

import json
from typing import Any

from django import forms
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import AuditEntry
from core.shanghai import to_the_minute
from core.signing.sm3 import sm3

SEEN = "as_seen"


class AsSeenForm(forms.ModelForm):  # type: ignore[type-arg]
    """Mixed into the form of a record that is there, or of a row within one (`part_of`)."""

    part_of: Model | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stands = {name: self.get_initial_for_field(field, name) for name, field in self.fields.items()}
        self.fields[SEEN] = forms.CharField(
            widget=forms.HiddenInput, required=False, initial=json.dumps(_digests(self.stands))
        )

    def clean(self) -> Any:
        """Refuse what was thought out for other values."""
        data, now = super().clean(), _digests(self.stands)
        seen = _read(self.data.get(self.add_prefix(SEEN), ""))
        changed = [name for name in now if name in seen and seen[name] != now[name]]
        if changed:
            typed = _digests({name: self.cleaned_data.get(name) for name in changed})
            shown: Any = self.data.copy()  # type: ignore[attr-defined]
            for name in changed:
                if name in self.cleaned_data and typed[name] == seen[name]:
                    self._show(name, shown)
            shown[self.add_prefix(SEEN)] = json.dumps(now)
            self.data = shown
            self.add_error(None, self._sentence(changed))
        return data

    def _show(self, name: str, data: Any) -> None:
        """What stands there now, in a field that this person has left alone."""
        widget, value, key = self.fields[name].widget, self.stands[name], self.add_prefix(name)
        for part in [each for each in data if each == key or each.startswith(f"{key}_")]:
            del data[part]
        if isinstance(widget, forms.MultiWidget):
            for number, part in enumerate(widget.decompress(value) or ()):
                data[f"{key}_{number}"] = widget.widgets[number].format_value(part)
        elif isinstance(widget, forms.CheckboxInput):
            if value:
                data[key] = "on"
        else:
            plain = _plain(value)
            data.setlist(key, plain if isinstance(plain, list) else [self.fields[name].prepare_value(plain)])

    def _sentence(self, changed: list[str]) -> str:
        """Who changed what, and when, as the audit trail has it."""
        whose = self.part_of or self.instance
        label, pk = whose._meta.label_lower, str(whose.pk)
        last = (
            AuditEntry.objects.filter(object_type=label, object_id=pk, action="update")
            .order_by("-pk")
            .first()
        )
        told = {
            "who": (last and last.by) or _("系统"),
            "when": to_the_minute(last.at if last else timezone.now()),
            "what": _("、").join(str(self.fields[name].label) for name in changed),
        }
        return (
            _("%(who)s 于 %(when)s 修改了：%(what)s。您的修改还没有保存，填写的内容仍在；请核对后再保存。")
            % told
        )


class ComeBackForm(forms.ModelForm):  # type: ignore[type-arg]
    """Mixed into a record's form that came back after a log-in: filled in as it was, and not saved."""

    def clean(self) -> Any:
        self.add_error(None, _("登录曾过期，还没有保存。填写的内容都在，请核对后再保存；附件须重新选择。"))
        return super().clean()


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return value.pk
    if hasattr(value, "values_list"):
        return sorted(value.values_list("pk", flat=True))
    return sorted(map(_plain, value)) if isinstance(value, list | tuple | set) else value


def _digests(values: dict[str, Any]) -> dict[str, str]:
    told = {name: "" if value is None else _plain(value) for name, value in values.items()}
    return {name: sm3(f"{value!s}".encode()).hex()[:16] for name, value in told.items()}


def _read(sent: str) -> dict[str, str]:
    try:
        seen = json.loads(sent)
    except ValueError:
        return {}
    return seen if isinstance(seen, dict) else {}
