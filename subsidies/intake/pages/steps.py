"""The steps in which a trade-in is filled in at the counter: what belongs together, in the order in which it happens."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.privacy.fields import NeverShownInput
from core.privacy.masks import PERSONAL_FIELDS, mask_field
from core.privacy.sealing import fingerprint
from ebikes.importing import identity
from ebikes.importing.form import wrong_fields
from ebikes.models import EVENTS, TradeInPhoto
from merchants.models import Merchant

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

KIND = "trade_ins"
Photo = TradeInPhoto.Kind


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its key in the layout, its label, a hint, and what keyboard a phone should show."""

    key: str
    label: "StrOrPromise"
    hint: "StrOrPromise" = ""
    keyboard: str = "text"
    required: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the form. `scans`: the key of the field that a photographed code fills in."""

    slug: str
    title: "StrOrPromise"
    fields: tuple[Field, ...]
    photos: tuple[Photo, ...] = ()
    scans: str = ""


STEPS = (
    Step(
        "owner",
        _("旧车和车主"),
        (
            Field("filing_plate_no", _("旧车备案号牌"), _("例如 杭A123456")),
            Field("owner_name", _("车主姓名")),
            Field("id_kind", _("证件类型")),
            Field("id_no", _("证件号码")),
            Field("id_country", _("证件签发国家或地区"), _("只用于护照"), required=False),
            Field("phone", _("手机号"), _("数字人民币按这个号码或钱包编号发放"), "tel", required=False),
        ),
        (Photo.OLD_BIKE,),
    ),
    Step(
        "retire",
        _("注销和回收"),
        (
            Field("agent_point_no", _("代办点")),
            Field("deregistered_at", _("注销时间"), _("e行在线上的注销时间")),
            Field("collected_at", _("回收时间"), _("旧车交到代办点的时间")),
        ),
        (Photo.COLLECTION,),
    ),
    Step(
        "buy",
        _("购买新车"),
        (
            Field("vehicle_code", _("新车整车编码"), _("合格证上的 15 位数字，可拍二维码识别"), "numeric"),
            Field("brand", _("品牌"), required=False),
            Field("purchased_at", _("购买时间"), _("发票上的时间")),
            Field("invoice_no", _("发票号码"), keyboard="numeric", required=False),
            Field("price_fen", _("成交价(元)"), keyboard="decimal", required=False),
            Field(
                "shop_discount_fen",
                _("车企让利(元)"),
                _("本店自己让利的金额，不含补贴"),
                "decimal",
                required=False,
            ),
            Field("scrap_value_fen", _("回收抵扣(元)"), _("旧车折价抵扣的金额"), "decimal", required=False),
        ),
        (Photo.INVOICE,),
        scans="vehicle_code",
    ),
    Step(
        "plate",
        _("上牌和收款"),
        (
            Field("digital_plate_no", _("新车号牌"), _("可拍号牌上的二维码识别")),
            Field("plated_at", _("上牌时间"), _("云申领上的上牌时间")),
            Field(
                "wallet_no",
                _("数字人民币钱包编号"),
                _("16 位；不填则按手机号发放"),
                "numeric",
                required=False,
            ),
            Field("wallet_operator", _("钱包运营机构"), required=False),
            Field("remark", _("备注"), required=False),
        ),
        (Photo.NEW_BIKE,),
        scans="digital_plate_no",
    ),
)
BY_SLUG = {step.slug: step for step in STEPS}
REVIEW = "review"
TAKEN_OUT = "_out"  # after a field's name: the tick that takes its value out
SEEN = "as_seen"
IN_TURN = "closest form:queue all"  # each tells what the page has seen, and that follows from the answer to the one before


def step_after(step: Step) -> str:
    """The slug of what comes next."""
    at = STEPS.index(step) + 1
    return STEPS[at].slug if at < len(STEPS) else REVIEW


class StepForm(forms.Form):
    """One step as a form. It keeps whatever is typed: being wrong is told, and nothing is lost.

    `kept`: what the draft holds already. What tells who somebody is goes in and comes back masked, beside an empty field:
    left empty it stays, and what may be lacking is taken out by a tick.

    The page carries a digest of each value that it was shown with. What another window has changed since stays as that has
    it, where this one left it alone; where both typed, that is told and the other's stays until this one is sent again.
    """

    def __init__(
        self,
        step: Step,
        merchant: Merchant,
        *args: Any,
        kept: Mapping[str, str],
        save_to: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.step, self.kept = step, kept
        self._shown = _read(self.data.get(SEEN, ""))
        for field in step.fields:
            self.fields[field.key] = form_field = _form_field(field, merchant, save_to)
            if field.key in PERSONAL_FIELDS and (value := kept.get(field.key, "")):
                shown = {"value": mask_field(field.key, value)}
                form_field.widget.attrs["placeholder"] = _("%(value)s(留空不改)") % shown
                form_field.widget.attrs.pop("aria-required", None)
                if not field.required:
                    self.fields[f"{field.key}{TAKEN_OUT}"] = _tick(field, save_to)

    def clean(self) -> dict[str, Any]:
        return {key: str(value or "") for key, value in super().clean().items()}  # type: ignore[union-attr]

    def sent(self) -> dict[str, str]:
        """The fields that came, and no others: a part of the page leaves the rest alone."""
        keys = [field.key for field in self.step.fields if field.key in self.data]
        came = {key: self.cleaned_data[key] for key in keys}
        said = {key: text for key, text in came.items() if text or key not in PERSONAL_FIELDS}
        out = {key: "" for key in keys if self.cleaned_data.get(f"{key}{TAKEN_OUT}") and not came[key]}
        return {key: text for key, text in (said | out).items() if not self._is_others(key)}

    @property
    def seen(self) -> str:
        """What a page is shown with, for the next time that it is sent."""
        return self.seen_by_a_page_that_stays(told=[field.key for field in self.step.fields])

    def seen_by_a_page_that_stays(self, *, told: Collection[str]) -> str:
        """The same of a page that is not shown anew: it knows of another window's values only those that it was told."""
        keys = [field.key for field in self.step.fields]
        unknown = {key for key in keys if key not in told and self._is_others(key)}
        return json.dumps(
            {key: self._shown[key] if key in unknown else _digest(self._now(key)) for key in keys}
        )

    def show_what_others_typed(self) -> None:
        """In the fields that this window has left alone."""
        shown: Any = self.data.copy()  # type: ignore[attr-defined]
        for field in self.step.fields:
            key = field.key
            if key not in PERSONAL_FIELDS and self._is_others(key) and not self._touched(key):
                shown[key] = self._now(key)
        self.data = shown

    def typed_twice(self) -> dict[str, str]:
        """The fields into which another window and this one put different things, with a sentence for each."""
        return {
            field.key: _("另一窗口刚把这一项改为“%s”。要改成您填的，请再保存一次。")
            % (mask_field(field.key, self._now(field.key)) or _("空"))
            for field in self.step.fields
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
        points = merchant.agent_points.values_list("point_no", flat=True)
        widget = forms.Select(attrs, choices=[("", "—"), *((no, no) for no in points)])
    elif field.key in EVENTS:
        widget = forms.TextInput({**attrs, "placeholder": "2022-06-01 10:30", "class": "moment"})
    else:
        kind = NeverShownInput if field.key in PERSONAL_FIELDS else forms.TextInput
        widget = kind({**attrs, "inputmode": field.keyboard})
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


def wrong_steps(cells: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What is still wrong in each step: sentences by field, by the step's slug."""
    found = {
        step.slug: wrong_fields(KIND, cells, among=[field.key for field in step.fields]) for step in STEPS
    }
    return {slug: wrong for slug, wrong in found.items() if wrong}
