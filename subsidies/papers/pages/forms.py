"""The form by which paper evidence is brought: what it is about, what it says, and its scans."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from core.privacy.scans import BadScan, Scan, take_scan
from core.shanghai import today
from core.staff.ask_first import RequiredNoteForm
from ebikes.importing import fields, identity
from ebikes.importing.problems import Problem
from ebikes.records.persons import RESIDENT
from subsidies.actions.pages.payee import NumberInput
from subsidies.engine.case import DEREGISTERED, STANDARD
from subsidies.models import PaperEvidence
from subsidies.papers.services.papers import (
    Said,
)

MOST_SCANS = 6
LONGEST = timedelta(days=731)
S = PaperEvidence.Subject
_MOMENTS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]


class ManyFiles(UnfoldAdminFileFieldWidget):  # type: ignore[misc]
    """An input for several files, in the admin's look: its script writes the file's name beside it and nowhere else."""

    allow_multiple_selected = True


class Scans(forms.FileField):
    """Several pictures or PDFs in one field."""

    widget = ManyFiles({"multiple": True, "accept": "application/pdf,image/jpeg,image/png,image/webp"})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """The files that were sent, each as a field of one file would take it."""
        return [super(Scans, self).clean(each, initial) for each in data or ()]


def _moment(label: Any) -> forms.DateTimeField:
    """To the second, as the record has it and the paper says it."""
    return forms.DateTimeField(
        label=label,
        required=False,
        input_formats=_MOMENTS,
        widget=UnfoldAdminTextInputWidget({"type": "datetime-local", "step": "1"}),
    )


class PaperForm(RequiredNoteForm):
    """What the paper proves, what it says of it, until when it is good, and its scans."""

    subject = forms.ChoiceField(
        label=gettext_lazy("证明什么"),
        choices=[("", gettext_lazy("请选择")), *S.choices],
        widget=UnfoldAdminSelectWidget,
    )
    title = forms.CharField(
        label=gettext_lazy("材料名称和文号"), max_length=100, widget=UnfoldAdminTextInputWidget
    )
    deregistered_at = _moment(gettext_lazy("注销时间(代替e行在线时填写)"))
    collected_at = _moment(gettext_lazy("回收时间(代替e行在线时填写)"))
    plated_at = _moment(gettext_lazy("上牌时间(代替云申领时填写)"))
    vehicle_code = forms.CharField(
        label=gettext_lazy("整车编码(代替云申领时填写)"),
        required=False,
        max_length=20,
        widget=UnfoldAdminTextInputWidget,
    )
    other_id_no = forms.CharField(
        label=gettext_lazy("系统登记的那个人的身份证号码(家庭成员、继承、更名时填写)"),
        required=False,
        max_length=64,
        widget=NumberInput({"autocomplete": "off"}),
    )
    expires_on = forms.DateField(
        label=gettext_lazy("有效期至"), widget=UnfoldAdminDateWidget({"type": "date"})
    )
    scans = Scans(
        label=gettext_lazy("扫描件"),
        required=False,
        help_text=gettext_lazy("PDF 或照片(JPG、PNG、WebP)，可一次选多个。退回重填时须重新选择。"),
    )
    field_order = (
        *("subject", "title", "deregistered_at", "collected_at", "plated_at", "vehicle_code"),
        *("other_id_no", "expires_on", "scans", "note"),
    )
    kept: list[Scan]

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        self._facts(told)
        day: date | None = told.get("expires_on")
        if day and not today() <= day <= today() + LONGEST:
            self.add_error("expires_on", _("有效期须在今天到两年之内。"))
        if not self.errors:
            self._scanned(told["scans"])
        return told

    def _facts(self, told: dict[str, Any]) -> None:
        subject = told.get("subject")
        if subject == S.EXING:
            self._wanted(told, "deregistered_at", "collected_at")
        elif subject == S.YUNSHENLING:
            self._wanted(told, "plated_at", "vehicle_code")
            self._tidied(told, "vehicle_code", fields.vehicle_code)
        elif subject:
            self._wanted(told, "other_id_no")
            self._tidied(told, "other_id_no", lambda text: identity.id_no(RESIDENT, text))
        for name in ("deregistered_at", "collected_at", "plated_at"):
            if told.get(name) and told[name] > timezone.now():
                self.add_error(name, _("时间晚于现在。"))

    def _wanted(self, told: dict[str, Any], *names: str) -> None:
        for name in names:
            if not told.get(name) and name not in self.errors:
                self.add_error(name, _("请按材料填写。"))

    def _tidied(self, told: dict[str, Any], name: str, rule: Any) -> None:
        if told.get(name):
            try:
                told[name] = rule(told[name])
            except Problem:
                self.add_error(name, _("号码不正确，请核对后重新填写。"))

    def _scanned(self, files: list[Any]) -> None:
        """The files are judged last: what is typed wrongly costs no decoding."""
        if not 0 < len(files) <= MOST_SCANS:
            self.add_error("scans", _("请上传 1 至 %s 份扫描件。") % MOST_SCANS)
            return
        try:
            self.kept = [take_scan(file, size=file.size or 0) for file in files]
        except BadScan as bad:
            self.add_error("scans", str(bad))

    def said(self) -> Said:
        """What the paper says, of a form that is right."""
        told = self.cleaned_data
        facts: dict[str, str | None] = {}
        if told["subject"] == S.EXING:
            facts = {
                "status": DEREGISTERED,
                "deregistered_at": told["deregistered_at"].isoformat(),
                "collected_at": told["collected_at"].isoformat(),
                "agent_point_no": "",
            }
        elif told["subject"] == S.YUNSHENLING:
            facts = {
                "vehicle_code": told["vehicle_code"],
                "plated_at": told["plated_at"].isoformat(),
                "vehicle_kind": STANDARD,
            }
        other = "" if facts else told["other_id_no"]
        return Said(S(told["subject"]), told["title"], told["expires_on"], told["note"], facts, other)
