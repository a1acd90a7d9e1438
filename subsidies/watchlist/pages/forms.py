"""The form by which somebody, or a shop, is put on the fraud list."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from core.districts.chooser import InDistrictForm
from core.shanghai import today
from core.staff.ask_first import RequiredNoteForm
from ebikes.importing import fields, identity
from ebikes.importing.problems import Problem
from ebikes.records.persons import RESIDENT
from merchants.models import Merchant
from subsidies.actions.pages.payee import NumberInput
from subsidies.models import WatchEntry

MOST = 30  # shops to choose from
LONGEST = timedelta(days=731)
K = WatchEntry.Kind
TIDIED: dict[str, Callable[[str], str | None]] = {
    K.PERSON: lambda text: identity.id_no(RESIDENT, text),
    K.PHONE: fields.phone,
    K.WALLET: fields.wallet,
}


class EntryForm(InDistrictForm, RequiredNoteForm):
    """Who or what, why, and until when."""

    kind = forms.ChoiceField(label=gettext_lazy("种类"), choices=K.choices, widget=UnfoldAdminSelectWidget)
    value = forms.CharField(
        label=gettext_lazy("证件号码、手机号或钱包编号"),
        required=False,
        max_length=64,
        widget=NumberInput({"autocomplete": "off"}),
    )
    shop = forms.CharField(
        label=gettext_lazy("商户的名称或统一社会信用代码"),
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
        help_text=gettext_lazy("名称可以只写一部分；相符的不止一家时，会列出来供选择。"),
    )
    chosen = forms.ChoiceField(
        label=gettext_lazy("相符的商户"), required=False, widget=UnfoldAdminSelectWidget
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("原因"),
        choices=[("", gettext_lazy("请选择")), *WatchEntry.Reason.choices],
        widget=UnfoldAdminSelectWidget,
    )
    expires_on = forms.DateField(
        label=gettext_lazy("有效期至"), widget=UnfoldAdminDateWidget({"type": "date"})
    )
    field_order = ("district", "kind", "value", "shop", "chosen", "reason", "expires_on", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = self.data.get("shop", "").strip() if self.data.get("kind") == K.SHOP else ""
        found = list(shops_named(asked)) if asked else []
        if len(found) > 1:
            choices = [(str(shop.pk), shop_in_words(shop)) for shop in found]
            self.fields["chosen"].choices = [("", _("请选择")), *choices]  # type: ignore[attr-defined]
        else:
            del self.fields["chosen"]
        self.found = found

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        told |= {"merchant": None, "number": ""}
        if told.get("kind") == K.SHOP:
            told["merchant"] = self._shop(told.get("chosen", ""))
            self.refuse_others(told, {"shop": told["merchant"]})
        elif told.get("kind"):
            told["number"] = self._number(told["kind"], told.get("value", ""))
        day = told.get("expires_on")
        if day and not today() <= day <= today() + LONGEST:
            self.add_error("expires_on", _("有效期须在今天到两年之内。"))
        return told

    def _shop(self, chosen: str) -> Merchant | None:
        """The one that was found, or the one that was chosen of several."""
        if not self.found:
            self.add_error("shop", _("没有找到这家商户，请核对名称或统一社会信用代码。"))
        elif len(self.found) == 1:
            return self.found[0]
        elif not chosen:
            self.add_error("chosen", _("有 %s 家商户相符，请选择一家。") % len(self.found))
        return next((shop for shop in self.found if str(shop.pk) == chosen), None)

    def _number(self, kind: str, text: str) -> str:
        try:
            number = TIDIED[kind](text) if text.strip() else None
        except Problem:
            number = None
        if not number:
            self.add_error("value", _("号码不正确，请核对后重新填写。"))
        return number or ""


def about(shop: Merchant) -> type[EntryForm]:
    """The form, begun with a shop."""

    class AboutForm(EntryForm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{"initial": {"kind": K.SHOP, "shop": shop.uscc}, **kwargs})

    return AboutForm


def shops_named(asked: str) -> QuerySet[Merchant]:
    """By its code, or by its name as it is written; else by a part of the name."""
    exact = Merchant.objects.filter(Q(uscc=asked.upper()) | Q(name=asked)).order_by("name", "pk")
    return exact if exact.exists() else Merchant.objects.filter(name__icontains=asked).order_by("name")[:MOST]


def shop_in_words(shop: Merchant) -> str:
    return " · ".join(filter(None, [shop.name, shop.subdistrict, shop.uscc]))
