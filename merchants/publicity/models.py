"""The register of what was done to make the scheme known (宣传)."""

from typing import ClassVar

from django.core.validators import URLValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.districts.models import DistrictKey
from core.privacy.proofs import HAS_PROOF_WHOLE, Proved
from core.ranges import TODAY


class Publicity(Proved):
    """One piece of publicity: what kind, how many, where or by which account, from when to when, by whom; with its proof."""

    class Kind(models.TextChoices):
        LETTER_POSTER = "letter_poster", _("信件式海报(份)")
        POSTER = "poster", _("宣传海报(份)")
        CARD = "card", _("温馨提示卡(份)")
        WECHAT = "wechat", _("微信公众号推送(篇)")
        VIDEO = "video", _("宣传视频(部)")
        SCREEN = "screen", _("商圈数字屏(处)")
        NEWS = "news", _("媒体报道(篇)")
        OTHER = "other", _("其他(项)")

    district = DistrictKey()
    kind = models.CharField(_("形式"), max_length=16, choices=Kind)
    title = models.CharField(_("内容"), max_length=100)
    count = models.PositiveIntegerField(_("数量"), default=1)
    channel = models.CharField(
        _("地点或账号"),
        max_length=100,
        help_text=_("张贴或投放的地点，公众号名称，媒体名称。"),
    )
    began_on = models.DateField(_("开始日期"), db_index=True)
    ended_on = models.DateField(_("结束日期"), null=True, blank=True)
    done_by = models.CharField(_("承办单位"), max_length=100)
    address = models.CharField(
        _("网址"), blank=True, max_length=300, validators=[URLValidator(["http", "https"])]
    )
    note = models.CharField(_("说明"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("宣传")
        ordering: ClassVar = ["-began_on", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="publicity_is_of_something",
                condition=Q(count__gte=1),
                violation_error_message=_("数量至少是 1。"),
            ),
            models.CheckConstraint(
                name="publicity_ends_after_it_began",
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("began_on")),
                violation_error_message=_("结束日期不能早于开始日期。"),
            ),
            models.CheckConstraint(
                name="publicity_is_not_of_the_future",
                condition=Q(began_on__lte=TODAY),
                violation_error_message=_("开始日期不能晚于今天。"),
            ),
            models.CheckConstraint(name="publicity_has_its_proof_whole", condition=HAS_PROOF_WHOLE),
        ]

    def __str__(self) -> str:
        return f"{self.began_on} {self.title}"
