"""Where the money goes, where that was put right after the record had come in."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.audit.recorded import Recorded, as_recorded
from core.privacy.sealing import DrawnIdField, SealedField
from subsidies.claims.models.claim import Claim

WHICH = ("id", "claim_id")  # which change of which claim: what is sealed here is no other's


class PayeeChange(Recorded):
    """Another wallet or phone for a claim's payment. Only ever added: the newest counts, the place stays.

    `note`: on what proof, where staff wrote it down.
    """

    id = DrawnIdField(primary_key=True)
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="payee_changes", verbose_name=_("补贴申请"))
    phone = SealedField(_("手机号"), null=True, blank=True, bound_to=WHICH)
    phone_index = models.BinaryField(_("手机号索引"), max_length=16, null=True, blank=True, db_index=True)
    wallet_no = SealedField(_("数字人民币钱包编号"), null=True, blank=True, bound_to=WHICH)
    wallet_index = models.BinaryField(_("钱包编号索引"), max_length=16, null=True, blank=True, db_index=True)
    wallet_operator = models.CharField(_("钱包运营机构"), max_length=32, blank=True)
    note = models.CharField(_("依据"), max_length=500, blank=True, default="", db_default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("操作人")
    )
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("收款信息更正")
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [as_recorded("payees_as_recorded")]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.at}"
