"""The steps in which a trade-in is filled in at the counter: who and which old bike, which both systems are asked about;
then what is left, beside the photos.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext, gettext_lazy

from ebikes.importing.form import wrong_fields
from ebikes.importing.layouts import LAYOUTS
from ebikes.models import TradeInPhoto

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_ = gettext_lazy
KIND = "trade_ins"
Photo = TradeInPhoto.Kind
_TITLES = {column.key: column.title for column in LAYOUTS[KIND].columns}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its key in the layout, a hint, and what keyboard a phone should show. `folded`: shown when asked for."""

    key: str
    hint: "StrOrPromise" = ""
    keyboard: str = "text"
    required: bool = True
    folded: bool = False

    @property
    def label(self) -> str:
        """As the sentences call it that say what is wrong with it."""
        return gettext(_TITLES[self.key])


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the form. `scans`: whether it takes the photo of a code to fill in what that says."""

    slug: str
    title: "StrOrPromise"
    fields: tuple[Field, ...]
    photos: tuple[Photo, ...] = ()
    scans: bool = False


STEPS = (
    Step(
        "owner",
        _("旧车和车主"),
        (
            Field("filing_plate_no", _("旧车的，例如 杭A123456")),
            Field("id_no", _("车主的")),
            Field("id_kind"),
            Field("id_country", _("只用于护照"), required=False, folded=True),
        ),
        (Photo.OLD_BIKE,),
    ),
    Step(
        "sale",
        _("新车和收款"),
        (
            Field("owner_name"),
            Field("phone", _("数字人民币按这个号码发放；填了钱包编号的按钱包发放"), "tel", required=False),
            Field("digital_plate_no", _("新车及号牌照片上有二维码的自动填")),
            Field("vehicle_code", _("合格证上的 15 位数字"), "numeric"),
            Field("plated_at", _("云申领上的上牌时间")),
            Field("purchased_at", _("发票上的时间")),
            Field("price_fen", keyboard="decimal", required=False),
            Field("invoice_no", keyboard="numeric", required=False),
            Field("agent_point_no"),
            Field("deregistered_at", _("e行在线上的注销时间")),
            Field("collected_at", _("旧车交到代办点的时间")),
            Field("wallet_no", _("16 位；不填则按手机号发放"), "numeric", required=False, folded=True),
            Field("wallet_operator", required=False, folded=True),
            Field("brand", required=False, folded=True),
            Field("shop_discount_fen", _("本店自己让利的金额，不含补贴"), "decimal", False, True),
            Field("scrap_value_fen", _("旧车折价抵扣的金额"), "decimal", False, True),
            Field("remark", required=False, folded=True),
        ),
        (Photo.NEW_BIKE, Photo.INVOICE, Photo.COLLECTION),
        scans=True,
    ),
)
BY_SLUG = {step.slug: step for step in STEPS}
REVIEW = "review"


def step_after(step: Step) -> str:
    """The slug of what comes next."""
    at = STEPS.index(step) + 1
    return STEPS[at].slug if at < len(STEPS) else REVIEW


def wrong_steps(cells: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What is still wrong in each step: sentences by field, by the step's slug."""
    found = {
        step.slug: wrong_fields(KIND, cells, among=[field.key for field in step.fields]) for step in STEPS
    }
    return {slug: wrong for slug, wrong in found.items() if wrong}
