"""The audit trail's own words: what the short names in its details mean."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# In the order in which they are told.
DETAILS: dict[str, str | Promise] = {
    "from": _("原状态"),
    "to": _("新状态"),
    "count": _("份数"),
    "ways": _("按什么查找"),
    "found": _("找到"),
    "step": _("环节"),
    "locked": _("账号已锁定"),
    "reason": _("理由"),
    "fields": _("看到的内容"),
    "list": _("列表"),
    "format": _("格式"),
    "personal": _("含完整个人信息"),
    "rows": _("行数"),
    "more": _("不止这些行"),
    "note": _("说明"),
    "file": _("文件"),
    "report": _("报表"),
    "statement": _("对账月份"),
    "form": _("格式"),
    "page": _("页面"),
    "answer": _("答复"),
    "state": _("状态"),
    "based_on": _("所依据的版本"),
    "budget_fen": _("资金增减(元)"),
    "point_no": _("代办点"),
    "starts_on": _("授权起"),
    "ends_on": _("授权止"),
    "last_day": _("授权最后一天"),
    "held": _("暂缓的申请"),
    "before": _("修改前"),
    "after": _("修改后"),
    "verb": _("途径"),
}
# By which way, where nobody is named; and what somebody did.
VERBS: dict[str, str | Promise] = {
    "(sql)": _("数据库控制台"),
    "(web)": _("网页"),
    "(worker)": _("后台任务"),
    "allocate": _("自动分配"),
    "lease_due_claims": _("自动核验"),
    "record_answers": _("自动核验"),
    "lease_due_order": _("联系运营机构"),
    "record_results": _("运营机构答复"),
    "receive_claims": _("受理"),
    "rotate_keys": _("更换密钥"),
    "approve_claims": _("批准发放"),
    "make_payouts": _("制作发放批次"),
    "release_payout": _("放行"),
    "discard_payout": _("作废批次"),
    "retry_failed": _("重新批准"),
    "ask_again": _("重新询问两个系统"),
    "demand_correction": _("退回商户更正"),
    "refuse_claims": _("不予补贴"),
    "cancel_claims": _("撤回申请"),
    "start_recovery": _("启动追回"),
    "record_return": _("登记款项已退回"),
    "grant_authorisation": _("授牌"),
    "withdraw_authorisation": _("撤回授权"),
    "enable_trade_in": _("设定开通日期"),
}
# What a detail's value means, by the detail's name; other apps add theirs.
VALUES: dict[str, dict[str, str | Promise]] = {
    "step": {"password": _("密码"), "code": _("验证码")},
    "fields": {
        "name": _("姓名"),
        "id_no": _("证件号码"),
        "phone": _("手机号"),
        "wallet_no": _("数字人民币钱包编号"),
    },
}
