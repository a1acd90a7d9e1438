"""The rule behind each check, as the scheme states it, for whoever reads a case file without the scheme at hand."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_ONE_PERSON = _("旧车备案人、购车人和新车上牌人应为同一人")

# By the code of the check (`subsidies.engine.checks`).
RULES: dict[str, str | Promise] = {
    "not_filed": _("旧车应为备案的非标电动自行车"),
    "other_owner": _ONE_PERSON,
    "not_deregistered": _("旧车应已注销备案"),
    "not_collected": _("旧车应已由代办点回收"),
    "no_plate": _("新车应已上牌，以交警登记为准"),
    "plate_other_owner": _ONE_PERSON,
    "plate_other_vehicle": _("新车号牌登记的整车编码应与申报的相同"),
    "plate_non_standard": _("新车应为符合 GB 17761 的标准电动自行车"),
    "merchant_not_enabled": _("购车当天，销售商户应已开通淘汰置换功能"),
    "point_not_authorised": _("回收当天，代办点应在授权期内"),
    "filed_too_long": _("旧车备案至全流程完成，不超过政策规定的年限"),
    "outside_stages": _("全流程(注销、回收、购买、上牌)完成时间应在补贴阶段内"),
    "claimed_elsewhere": _("旧车、新车在全省只补贴一次；政策限制每人次数的，全省合并计算"),
}
