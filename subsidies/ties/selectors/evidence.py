"""The members of a group with their evidence side by side, and what of it two of them have in common."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from core.models import User
from core.privacy.masks import mask_id, mask_name, mask_phone, mask_wallet
from core.shanghai import in_words, to_the_second
from ebikes.models import FiledBike, LicensingAnswer, TradeInDraft, TradeInPhoto
from subsidies.claims.selectors.payee import payees_of
from subsidies.models import Claim, Hold

MOST = 200  # members on one page


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known of a member, as a screen may show it.

    `shared`: another member has the very same; `by_all`: every member has.
    """

    text: str
    shared: bool = False
    by_all: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """One claim of a group; people are masked. `facts` stand in the order of `titles`."""

    claim: Claim
    facts: list[Fact]
    holds: list[Hold]
    photos: list[TradeInPhoto] = field(default_factory=list)

    @property
    def street(self) -> str:
        return self.claim.trade_in.merchant.subdistrict

    @property
    def titled(self) -> list[tuple[str, Fact]]:
        """Each fact with what it is."""
        return list(zip(titles(), self.facts, strict=True))


def titles() -> list[str]:
    """What is told of each member, in order."""
    return [
        *(_("车主"), _("证件号码"), _("手机号"), _("钱包"), _("车主所在街道")),
        *(_("商户"), _("代办点"), _("填报人"), _("完成时间")),
        *(_("浙江e行在线"), _("云申领")),
    ]


def differing(found: Sequence[Member]) -> list[bool]:
    """Of each title, whether the members are not all the same in it."""
    columns = zip(*(each.facts for each in found), strict=True)
    return [not all(fact.by_all for fact in column) for column in columns]


def members(claim_ids: Sequence[int]) -> list[Member]:
    """Those of a group, by the time of their completion; a fixed number of queries."""
    open_ones = Prefetch("holds", Hold.objects.open().order_by("pk"), to_attr="open_holds")
    claims = list(
        Claim.objects.filter(pk__in=claim_ids)
        .select_related("owner", "exing_answer", "yunshenling_answer", "stage")
        .select_related("trade_in__merchant", "trade_in__agent_point", "trade_in__batch__uploaded_by")
        .defer("exing_answer__raw", "yunshenling_answer__raw")
        .prefetch_related(open_ones, "trade_in__photos")
        .order_by("completed_at", "pk")[:MOST]
    )
    shown = _shown(claims)
    common = [Counter(known or text for text, known in column) for column in zip(*shown, strict=True)]
    return [
        Member(
            claim,
            [
                Fact(text, bool(known) and counts[known] > 1, by_all=counts[known or text] == len(claims))
                for (text, known), counts in zip(row, common, strict=True)
            ],
            claim.open_holds,  # type: ignore[attr-defined]
            list(claim.trade_in.photos.all()),
        )
        for claim, row in zip(claims, shown, strict=True)
    ]


def _shown(claims: Sequence[Claim]) -> list[list[tuple[str, Hashable]]]:
    """Of each claim its facts: the text, and that by which two are the same (None: it is no matter)."""
    payees = payees_of(claims)
    plates = [claim.filing_plate_no for claim in claims]
    streets = dict(
        FiledBike.objects.filter(filing_plate_no__in=plates).values_list("filing_plate_no", "subdistrict")
    )
    drafts = TradeInDraft.objects.filter(trade_in__in=[claim.trade_in_id for claim in claims])
    clerks = {
        draft.trade_in_id: draft.made_by
        for draft in drafts.select_related("made_by").only("trade_in_id", "made_by")
    }
    rows = []
    for claim in claims:
        payee, record = payees[claim.pk], claim.trade_in
        clerk = clerks.get(record.pk) or (record.batch.uploaded_by if record.batch else None)
        street = streets.get(claim.filing_plate_no, "")
        rows.append(
            [
                (mask_name(record.owner_name), claim.owner_id),
                (mask_id(claim.owner.id_no), claim.owner_id),
                (mask_phone(payee.phone) if payee.phone else "", payee.phone),
                (mask_wallet(payee.wallet_no) if payee.wallet_no else "", payee.wallet_no),
                (street, street or None),
                (record.merchant.name, record.merchant_id),
                (record.agent_point.point_no, record.agent_point_id),
                (_name(clerk), clerk.pk if clerk else None),
                (to_the_second(claim.completed_at), _minute(claim)),
                (_told(claim, claim.exing_answer, "collected_at"), None),
                (_told(claim, claim.yunshenling_answer, "plated_at"), None),
            ]
        )
    return rows


def _name(clerk: User | None) -> str:
    """Who sent the record in, as colleagues know them."""
    return str(clerk or "")


def _minute(claim: Claim) -> datetime:
    return claim.completed_at.replace(second=0, microsecond=0)


def _told(claim: Claim, answer: LicensingAnswer | None, when: str) -> str:
    """What a system said: of whom, and when it happened."""
    if answer is None:
        return _("没有答复")
    if answer.outcome != LicensingAnswer.Outcome.FOUND:
        return str(LicensingAnswer.Outcome(answer.outcome).label)
    same = bytes(answer.holder_index or b"") == bytes(claim.owner.number_index)
    at = answer.facts.get(when)
    return " ".join(filter(None, [_("同一人") if same else _("另一人"), in_words(at) if at else ""]))
