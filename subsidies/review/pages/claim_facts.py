"""Everything that staff see of one claim: gathered once, for the case page and for the claim's own page in the admin."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import User
from core.privacy.masks import mask_id, mask_name, mask_phone, mask_wallet
from core.shanghai import in_words, today
from subsidies.actions.pages.questions import ACTION_WORDS
from subsidies.actions.services.staff_actions import ACTIONS, CHANGE, DECIDE, may_do
from subsidies.checks.selectors.explain import explain_claim
from subsidies.claims.selectors.payee import masked, may_change_payee, payees_of
from subsidies.claims.selectors.timeline import timeline
from subsidies.decision_reasons import reasons_and_note
from subsidies.models import Claim, Hold, PaperEvidence, PayoutLine, ShopAnswer
from subsidies.papers.services.papers import may_bring
from subsidies.papers.wording import FACTS as PAPER_FACTS
from subsidies.reasons import PAYOUT_FAILURES
from subsidies.recoveries.pages.wording import what_next
from subsidies.recoveries.selectors.standing import Standing, standings
from subsidies.review.hold_wording import hold_in_words
from subsidies.review.selectors.comparison import side_by_side
from subsidies.states import ClaimState
from subsidies.supplements.services.supplements import room_for
from subsidies.ties.selectors.groups import TIED_BY

SUPPLEMENT = "subsidies.add_supplement"


@dataclass(frozen=True, slots=True)
class HoldFacts:
    """One hold, open or cleared, in words. `group`: the page of the claims that are tied to this one by the same thing."""

    hold: Hold
    sentences: list[str]
    placed_by: str
    cleared_by: str
    note: str
    answers: list[ShopAnswer]
    group: str


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """One payment of the claim: its batch, and its payee as far as a screen may show it."""

    line: PayoutLine
    payee: str
    failure: str


@dataclass(frozen=True, slots=True)
class Step:
    """One move of the claim: when, by whom, what, and why."""

    at: datetime
    title: str
    by: str
    note: str


def load_claim() -> Any:
    """The queryset of a claim with what its page needs beside it."""
    return Claim.objects.select_related(
        *("trade_in__merchant", "trade_in__agent_point", "trade_in__owner"),
        *("owner", "scheme", "stage", "policy", "approved_by"),
    )


def name_of(user: User | None) -> str:
    """Somebody of the staff as colleagues know them; nobody is the system."""
    return str(user or "")


def facts(claim: Claim) -> dict[str, Any]:
    """The claim's page, without what may be done; people are masked."""
    return {
        "claim": claim,
        "why": explain_claim(claim),
        "stations": timeline(claim),
        "rows": side_by_side(claim),
        "person": _person(claim),
        "photos": list(claim.trade_in.photos.order_by("pk")),
        "holds": [
            _held(hold)
            for hold in claim.holds.select_related("placed_by", "cleared_by").prefetch_related("answers__by")
        ],
        "steps": [
            Step(
                event.at,
                event.get_to_state_display(),
                name_of(event.by),
                reasons_and_note(event.reasons, event.note),
            )
            for event in claim.events.select_related("by")
        ],
        "recoveries": recoveries_of(claim),
        "ledger": list(claim.ledger.select_related("by").order_by("seq")),
        "lines": [
            _line(line) for line in claim.payout_lines.select_related("batch", "supplement").order_by("pk")
        ],
    }


def recoveries_of(claim: Claim) -> list[tuple[Standing, str]]:
    """What is or was demanded back, the newest first, each with what comes next."""
    day = today()
    return [(each, what_next(each, today=day)) for each in standings(claim.recoveries.all(), today=day)]


def payee_in_words(claim: Claim) -> str:
    """Where the money goes now, masked."""
    return masked(payees_of([claim])[claim.pk]) or _("无")


def verbs_for(claim: Claim, request: HttpRequest) -> list[tuple[str, object]]:
    """The addresses and titles of what this person may do with the claim as it stands."""
    user = request.user
    if not isinstance(user, User):
        return []
    verbs: list[tuple[str, object]] = [
        (reverse("staff-claim-verb", args=[claim.pk, slug]), ACTION_WORDS[slug].title)
        for slug, action in ACTIONS.items()
        if may_do(action, claim, by=user)
    ]
    if may_change_payee(claim) and user.has_perm(DECIDE):
        verbs.append((reverse("staff-claim-payee", args=[claim.pk]), _("更正收款信息")))
    verbs += paper_verb(claim, user)
    if user.has_perm(SUPPLEMENT) and claim.state == ClaimState.PAID and not _besides(claim):
        verbs.append((reverse("staff-supplement", args=[claim.pk]), _("提出补发")))
    return verbs


def paper_verb(claim: Claim, user: User) -> list[tuple[str, str]]:
    """The way to bring paper evidence, where this person may and the claim can use any."""
    if user.has_perm(DECIDE) and any(may_bring(claim, subject) for subject in PaperEvidence.Subject):
        return [(reverse("staff-paper", args=[claim.pk]), _("提出书面材料"))]
    return []


def papers_of_claim(claim: Claim, request: HttpRequest) -> list[tuple[PaperEvidence, list[Any], list[Any]]]:
    """The papers about a claim, what each says, and what this person may do with it."""
    papers = PaperEvidence.objects.filter(claim=claim).select_related("proposed_by", "decided_by")
    return [(paper, _said_on(paper), _verbs_of_paper(paper, request)) for paper in papers]


def _said_on(paper: PaperEvidence) -> list[tuple[str, str]]:
    said = [(str(PAPER_FACTS[name]), in_words(value)) for name, value in paper.facts.items() if value]
    return said + ([(_("登记人"), mask_id(paper.other_id_no))] if paper.other_id_no else [])


def _verbs_of_paper(paper: PaperEvidence, request: HttpRequest) -> list[tuple[str, str]]:
    if paper.state != PaperEvidence.State.PROPOSED:
        return []
    own, confirms = paper.proposed_by == request.user, request.user.has_perm(CHANGE)
    offered = [("confirm", _("确认材料"), confirms and not own), ("decline", _("不确认"), confirms or own)]
    return [
        (reverse("staff-paper-verb", args=[paper.pk, slug]), title) for slug, title, may in offered if may
    ]


def _besides(claim: Claim) -> bool:
    """Whether a supplement or a demand is on its way already, or there is no room for one."""
    on_the_way = claim.supplements.unended().exists() or claim.recoveries.unended().exists()
    return on_the_way or not room_for(claim)


def _person(claim: Claim) -> dict[str, str]:
    payee = payees_of([claim])[claim.pk]
    return {
        "name": mask_name(claim.trade_in.owner_name),
        "id_no": mask_id(claim.owner.id_no),
        "phone": mask_phone(payee.phone) if payee.phone else "",
        "wallet": mask_wallet(payee.wallet_no) if payee.wallet_no else "",
        "operator": payee.wallet_operator,
    }


def _held(hold: Hold) -> HoldFacts:
    cleared_for = reasons_and_note(hold.cleared_reasons, hold.note)
    tied = hold.kind in {each.value for each in TIED_BY}
    return HoldFacts(
        hold,
        hold_in_words(hold),
        name_of(hold.placed_by),
        name_of(hold.cleared_by),
        cleared_for,
        answers=list(hold.answers.all()),
        group=reverse("staff-tie", args=[hold.kind, hold.claim_id]) if tied else "",
    )


def _line(line: PayoutLine) -> PaymentFacts:
    return PaymentFacts(line, masked_payee(line), failure_of(line))


def masked_payee(line: PayoutLine) -> str:
    """`王** · ****1234`: whom a payment goes to."""
    where = mask_wallet(line.payee_wallet) if line.payee_wallet else mask_phone(line.payee_phone or "")
    return f"{mask_name(line.payee_name)} · {where}"


def failure_of(line: PayoutLine) -> str:
    """Why the operator did not pay, in words."""
    return str(PAYOUT_FAILURES.get(line.fail_reason, line.fail_reason))
