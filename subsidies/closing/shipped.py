"""Accounts and layouts as they are shipped: plausible, and to be confirmed by the finance bureau before the first close.

The accounts are those of 《政府会计制度——行政事业单位会计科目和报表》 for a unit that pays by its zero-balance account: the
subsidy is owed (应付政府补贴款) from the day on which it is set aside.
"""

from typing import Any

from subsidies.closing.accounts import Account, AccountMap, KindAccounts, Pair
from subsidies.closing.layouts import Layout, LayoutColumn, Sign

UNIT = "杭州市拱墅区市场监督管理局"
QUOTA, INCOME = Account("1011", "零余额账户用款额度"), Account("4001", "财政拨款收入")
EXPENSE, OWED = Account("5001", "业务活动费用—对个人和家庭的补助"), Account("2303", "应付政府补贴款")
FUNDS, BUDGET_INCOME = Account("800101", "资金结存—零余额账户用款额度"), Account("6001", "财政拨款预算收入")
SPENDING = Account("7101", "行政支出—财政拨款支出")


def _both(financial: tuple[Account, Account], budget: tuple[Account, Account]) -> tuple[Pair, ...]:
    return Pair("financial", *financial), Pair("budget", *budget)


ACCOUNTS = AccountMap(
    "day",
    (
        KindAccounts("fund", "收到补贴资金用款额度", _both((QUOTA, INCOME), (FUNDS, BUDGET_INCOME))),
        KindAccounts("cut", "调减补贴资金用款额度", _both((INCOME, QUOTA), (BUDGET_INCOME, FUNDS))),
        KindAccounts("reserve", "确认应付电动自行车淘汰置换补贴", (Pair("financial", EXPENSE, OWED),)),
        KindAccounts("release", "冲减应付电动自行车淘汰置换补贴", (Pair("financial", OWED, EXPENSE),)),
        KindAccounts("pay", "发放电动自行车淘汰置换补贴", _both((OWED, QUOTA), (SPENDING, FUNDS))),
        KindAccounts("return", "补贴款项退回", _both((QUOTA, EXPENSE), (FUNDS, SPENDING))),
        KindAccounts("recover", "追回已发放的补贴", _both((QUOTA, EXPENSE), (FUNDS, SPENDING))),
    ),
)
VOUCHER = Layout(
    subject="voucher",
    title="记账凭证",
    unit=UNIT,
    paper="A5",
    landscape=True,
    columns=(
        LayoutColumn("summary", "摘要", 54),
        LayoutColumn("book", "账套", 18),
        LayoutColumn("code", "科目编码", 18),
        LayoutColumn("account", "会计科目", 44),
        LayoutColumn("debit", "借方金额", 28),
        LayoutColumn("credit", "贷方金额", 28),
    ),
    signs=(Sign("会计主管"), Sign("记账"), Sign("复核", "checked"), Sign("制单", "prepared")),
)
REQUEST = Layout(
    subject="request",
    title="补贴资金用款申请书",
    unit=UNIT,
    paper="A4",
    landscape=False,
    columns=(
        LayoutColumn("no", "序号", 14),
        LayoutColumn("batch", "发放批次", 76),
        LayoutColumn("made_on", "制单日期", 30),
        LayoutColumn("rows", "笔数", 24),
        LayoutColumn("amount", "金额(元)", 46),
    ),
    signs=(Sign("经办", "prepared"), Sign("复核"), Sign("负责人"), Sign("单位公章", "seal")),
    footer="本表由补贴系统按发放批次汇总生成，收款人明细见各批次。",
)
SHIPPED: dict[str, dict[str, Any]] = {
    "accounts": ACCOUNTS.as_json(),
    "voucher": VOUCHER.as_json(),
    "request": REQUEST.as_json(),
}
