"""Where a claim's money goes: as the record says, or as it was put right since."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from core.audit.acting import acting
from core.decisions import mark
from core.models import User
from core.privacy.sealing import blind_index
from ebikes.importing.columns import Values
from ebikes.importing.form import right_values, wrong_fields
from subsidies.claims.selectors.payee import may_change_payee
from subsidies.marked import PAYEE_CHANGED
from subsidies.models import Claim, PayeeChange
from subsidies.states import ClaimState

FIELDS = ("phone", "wallet_no", "wallet_operator")


class WrongPayee(ValueError):
    """The new details are not right; `problems` are sentences by field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(problems))
        self.problems = dict(problems)


class TooLate(ValueError):
    """The payment is under way or done, or the claim has ended."""


def payee_problems(cells: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with a payee as typed: sentences by field; empty where it can be paid."""
    return _judged(cells)[1]


def _judged(cells: Mapping[str, str]) -> tuple[Values, dict[str, str]]:
    """The fields that are right, and what is wrong."""
    values, problems = right_values("trade_ins", cells), dict(wrong_fields("trade_ins", cells, among=FIELDS))
    if not problems and not values["phone"] and not values["wallet_no"]:
        problems = {"wallet_no": _("钱包编号和手机号至少填一项")}
    return values, problems


def change_payee(
    *, claim: Claim, cells: Mapping[str, str], by: User, now: datetime, note: str = ""
) -> PayeeChange:
    """Pay this claim elsewhere; its place stays. `cells` by FIELDS, as typed. Raises WrongPayee, TooLate.

    `note`: on what proof, where staff do it.

    An approval was given for the old payee: it is taken back. PostgreSQL holds the claim until another person has looked
    (`review/sql/holds.sql`), and lets no clerk change where set aside money goes (`claims/sql/shop.sql`).
    """
    values, problems = _judged(cells)
    if problems:
        raise WrongPayee(problems)
    phone, wallet_no = values["phone"], values["wallet_no"]
    with acting("change_payee", by=by, now=now, note=note):
        locked = Claim.objects.select_for_update(no_key=True).get(pk=claim.pk)
        if not may_change_payee(locked):
            raise TooLate(f"claim {locked.pk} is {locked.state}")
        change = PayeeChange.objects.create(
            claim=locked,
            phone=phone,
            phone_index=blind_index(phone, context="phone") if phone else None,
            wallet_no=wallet_no,
            wallet_index=blind_index(wallet_no, context="wallet_no") if wallet_no else None,
            wallet_operator=values["wallet_operator"],
            note=note,
            by=by,
            at=now,
        )
        mark(PAYEE_CHANGED, [change.pk], at=now)
        Claim.objects.filter(pk=locked.pk, state=ClaimState.APPROVED).update(state=ClaimState.SETTLED)
        return change
