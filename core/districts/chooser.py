"""In which district something new is to lie: asked of whoever reads several, and of nobody else."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from core.districts.reader import working_in
from core.models import District


class InDistrictForm(forms.Form):
    """Mixed into the form of what is new, before the other form. What is chosen beside it lies in the same district."""

    district = forms.ModelChoiceField(
        District.objects.none(),
        label=gettext_lazy("所属区"),
        empty_label=gettext_lazy("请选择"),
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("登记后不能变更。"),
        error_messages={"required": gettext_lazy("请选择所属区。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = getattr(self, "instance", None)
        read = District.objects.read()
        if row is not None and row.pk:
            del self.fields["district"]
        elif len(read[:2]) > 1:
            self.fields["district"].queryset = read  # type: ignore[attr-defined]
            self.order_fields(["district"])
        else:
            del self.fields["district"]
            if row is not None:
                row.district = read.first()

    def _get_validation_exclusions(self) -> set[str]:
        """What is known once in a district is a sentence, though the district is no column that is edited."""
        return super()._get_validation_exclusions() - {"district"}  # type: ignore[misc,no-any-return]

    def clean(self) -> Any:
        told = super().clean()
        told = self.cleaned_data if told is None else told
        self.refuse_others(told, dict(told))
        if "district" in told and hasattr(self, "instance"):
            self.instance.district = told["district"]
        return told

    def refuse_others(self, told: Mapping[str, Any], chosen: Mapping[str, Any]) -> None:
        """Say of each field whose choice, a row or several, lies in another district than was chosen."""
        district = told.get("district")
        if district is None:
            return
        for name, rows in chosen.items():
            each = rows if isinstance(rows, QuerySet) else [rows]
            if any(getattr(row, "district_id", district.pk) != district.pk for row in each):
                self.add_error(name, _("所选的不在%s，请重新选择。") % district)


@contextmanager
def in_district(told: Mapping[str, Any]) -> Iterator[None]:
    """What a service makes meanwhile is of the district chosen in such a form; where none was asked, of whoever acts."""
    chosen = told.get("district")
    if chosen is None:
        yield
    else:
        with working_in(chosen.pk):
            yield
