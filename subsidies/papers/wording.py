"""What stands on a paper, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

FACTS: dict[str, str | Promise] = {
    "status": gettext_lazy("备案状态"),
    "deregistered_at": gettext_lazy("注销时间"),
    "collected_at": gettext_lazy("回收时间"),
    "agent_point_no": gettext_lazy("代办点"),
    "vehicle_code": gettext_lazy("整车编码"),
    "plated_at": gettext_lazy("上牌时间"),
    "vehicle_kind": gettext_lazy("车辆类型"),
}
