"""The six heads of an inspection (一店一查), as the half-year report lists them: what to look at, which law it is.

The points and the law are proposed to whoever inspects or writes a letter, who can say otherwise. Law binds in Chinese, so
it stands in Chinese alone.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Word = str | Promise


@dataclass(frozen=True, slots=True)
class Head:
    """One head: its column of `Inspection`, what it is called, the points to look at, and the law."""

    code: str
    title: Word
    points: tuple[Word, ...]
    basis: str

    @property
    def note(self) -> str:
        """The column of what was found, or of why nobody looked."""
        return f"{self.code}_note"


HEADS = (
    Head(
        "uncertified",
        _("销售未经强制性认证的电动自行车"),
        (_("在售车型均有有效的 CCC 证书"), _("整车编码、合格证与实车一致"), _("电池、充电器与认证时一致")),
        "《中华人民共和国认证认可条例》第六十六条",
    ),
    Head(
        "beyond_scope",
        _("超登记事项经营"),
        (_("营业执照悬挂、在有效期内"), _("经营项目、地址与登记一致")),
        "《中华人民共和国市场主体登记管理条例》第四十六条",
    ),
    Head(
        "modified",
        _("经营性改装、拼装、加装"),
        (_("没有解除限速、改装电池或电机"), _("没有加装雨篷、座椅、大容量电池"), _("没有拼装车及其散件")),
        "《浙江省电动自行车管理条例》关于禁止经营性拼装、改装、加装电动自行车的规定",
    ),
    Head(
        "trademark",
        _("侵犯他人注册商标专用权"),
        (_("车身、店招、包装上的商标有授权"), _("进货凭证能说明来源")),
        "《中华人民共和国商标法》第五十七条、第六十条",
    ),
    Head(
        "price_marking",
        _("未按规定明码标价、收取未予标明的费用"),
        (
            _("车辆、配件、服务均明码标价"),
            _("没有收取未标明的费用(上牌、回收等)"),
            _("补贴和旧车抵扣另行标明"),
        ),
        "《中华人民共和国价格法》第十三条、第四十二条",
    ),
    Head(
        "price_gouging",
        _("捏造、散布涨价信息，哄抬价格"),
        (_("补贴前后标价没有异常上涨"), _("没有散布涨价信息、捆绑销售")),
        "《中华人民共和国价格法》第十四条、第四十条",
    ),
)
BY_CODE = {head.code: head for head in HEADS}
