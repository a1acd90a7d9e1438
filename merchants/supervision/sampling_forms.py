"""The forms of spot checks and their plan: money is typed in yuan."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.money import plain_yuan
from merchants.models import SamplingLot, SamplingPlan
from merchants.supervision.fields import YuanField


class LotForm(forms.ModelForm):  # type: ignore[type-arg]
    """A spot check, what it cost in yuan."""

    cost = YuanField(label=_("抽检费用(元)"), required=False)

    class Meta:
        model = SamplingLot
        fields = (
            *(
                "kind",
                "product",
                "model_no",
                "maker",
                "merchant",
                "sampled_on",
                "purpose",
                "lots",
                "category",
            ),
            *("laboratory", "result", "failed", "report_no", "reported_on", "failing", "follow_up"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fen = self.instance.cost_fen
        if "cost" in self.fields and fen is not None:
            self.fields["cost"].initial = plain_yuan(fen)

    def _post_clean(self) -> None:
        if "cost" in self.cleaned_data:
            self.instance.cost_fen = self.cleaned_data["cost"]
        super()._post_clean()  # type: ignore[misc]


class PlanForm(forms.ModelForm):  # type: ignore[type-arg]
    """A year's plan, its money in yuan."""

    budget = YuanField(label=_("抽检经费(元)"))

    class Meta:
        model = SamplingPlan
        fields = ("year", "document", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "budget" in self.fields and self.instance.pk:
            self.fields["budget"].initial = plain_yuan(self.instance.budget_fen)

    def _post_clean(self) -> None:
        if "budget" in self.cleaned_data:
            self.instance.budget_fen = self.cleaned_data["budget"]
        super()._post_clean()  # type: ignore[misc]
