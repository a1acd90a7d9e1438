"""What a browser says of itself, in plain words."""

import re
from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# The first that fits: many call themselves Chrome and Safari, too.
_BROWSERS = (
    ("MicroMessenger", gettext_lazy("微信")),
    ("DingTalk", gettext_lazy("钉钉")),
    ("AlipayClient", gettext_lazy("支付宝")),
    ("HuaweiBrowser", gettext_lazy("华为浏览器")),
    ("MiuiBrowser", gettext_lazy("小米浏览器")),
    ("UCBrowser|UBrowser", gettext_lazy("UC 浏览器")),
    ("QQBrowser|MQQBrowser", gettext_lazy("QQ 浏览器")),
    ("360SE|360EE|QihooBrowser", gettext_lazy("360 浏览器")),
    ("Edg(e|A|iOS)?/", "Edge"),
    ("Firefox|FxiOS", "Firefox"),
    ("OPR/", "Opera"),
    ("Chrome|CriOS|Chromium", "Chrome"),
    ("Safari", "Safari"),
)
_MACHINES = (
    ("HarmonyOS|OpenHarmony", gettext_lazy("鸿蒙设备")),
    ("iPad", "iPad"),
    ("iPhone", "iPhone"),
    ("Android", gettext_lazy("安卓设备")),
    ("Windows", gettext_lazy("Windows 电脑")),
    ("Macintosh|Mac OS X", gettext_lazy("苹果电脑")),
    ("CrOS|Linux", gettext_lazy("Linux 电脑")),
)


def in_words(user_agent: str) -> str:
    """`Windows 电脑 · Chrome`; what is on neither list is 未知设备."""
    return " · ".join(filter(None, (_named(each, user_agent) for each in (_MACHINES, _BROWSERS)))) or _(
        "未知设备"
    )


def _named(names: Sequence[tuple[str, str | Promise]], user_agent: str) -> str:
    return next((str(name) for pattern, name in names if re.search(pattern, user_agent)), "")
