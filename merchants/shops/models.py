"""Merchants, agent points, and the days on which each may do what."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.districts.models import DistrictKey


class Merchant(models.Model):
    """A shop that sells e-bikes (销售商户), known by its unified social credit code (GB 32100)."""

    district = DistrictKey()
    uscc = models.CharField(_("统一社会信用代码"), max_length=18)
    name = models.CharField(_("名称"), max_length=100)
    subdistrict = models.CharField(_("街道"), max_length=50, blank=True)
    registered_on = models.DateField(_("平台注册日期"), null=True, blank=True)
    trade_in_enabled_on = models.DateField(_("淘汰置换开通日期"), null=True, blank=True)
    # That it took part earlier, on a day that has passed: one person says it, and it counts once another says the same.
    earlier_on = models.DateField(_("待核对的开通日期"), null=True, blank=True, editable=False)
    earlier_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("开通日期提出人"),
    )
    content_index = models.BinaryField(_("内容指纹"), max_length=16, null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("销售商户"), pgettext_lazy("many", "销售商户")
        ordering: ClassVar = ["uscc"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_shop_is_known_once_in_a_district", fields=["uscc", "district"])
        ]

    def __str__(self) -> str:
        return self.name
