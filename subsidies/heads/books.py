"""Which rows are sealed in blocks, and what of them: history and evidence that are only ever added to.

What is sealed in a row with its place, and blind indexes, are none of it: they change with their keys. Rows are taken in the
order of `recorded_at`, the database's own clock.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Book:
    """A table, by its name in statements of heads, and the columns that never change."""

    name: str
    title: str | Promise
    table: str
    columns: tuple[str, ...]


def _book(name: str, title: str | Promise, table: str, columns: str) -> Book:
    return Book(name, title, table, ("id", "recorded_at", *columns.split()))


BOOKS = (
    _book(
        *("events", _("申请经过"), "subsidies_claimevent"),
        "claim_id from_state to_state at verb by_id refusals reasons note",
    ),
    _book(
        *("checks", _("资格核验"), "subsidies_eligibilitycheck"),
        "claim_id results exing_answer_id yunshenling_answer_id papers policy_id completed_at completed_by checked_at",
    ),
    _book(
        *("answers", _("核验应答"), "ebikes_licensinganswer"),
        "trade_in_id system outcome problem facts request_id answered_at adapter_version",
    ),
    _book(
        *("operator", _("运营机构应答"), "subsidies_operatoranswer"),
        "batch_id asked at http_status problem request_id proof",
    ),
    _book(*("names", _("收款人实名核对"), "subsidies_payeecheck"), "claim_id result request_id at"),
    _book(
        *("payees", _("收款信息更正"), "subsidies_payeechange"),
        "claim_id wallet_operator note by_id at",
    ),
    _book(
        *("payments", _("发放明细"), "subsidies_payoutline"),
        "batch_id claim_id supplement_id request_no attempt amount_fen payee_operator",
    ),
    _book(
        *("holds", _("暂缓发放"), "subsidies_hold"), "claim_id kind evidence reasons placed_at placed_by_id"
    ),
    _book(*("notes", _("案件记录"), "subsidies_casenote"), "claim_id by_id at scan scan_digest"),
    _book(
        *("locks", _("锁定登记簿"), "subsidies_lockentry"),
        "position holder_id ask word epoch number generation at because_of_id",
    ),
    _book(*("marks", _("决定印记"), "core_decisionmark"), "kind subject by_id at key mac"),
)
TITLES = {book.name: book.title for book in BOOKS}
