"""What a person must look at before a claim's money goes on its way."""

from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.audit.recorded import Recorded, as_recorded
from subsidies.claims.models.claim import Claim

_OPEN = Q(cleared_at__isnull=True)


class HoldQuerySet(models.QuerySet["Hold"]):
    """Holds as they are asked for."""

    def open(self) -> Self:
        """Those that nobody has cleared yet."""
        return self.filter(_OPEN)


class Hold(Recorded):
    """A claim is held (暂缓发放): it keeps its place and money, but is not approved and not paid before somebody clears it.

    `evidence` tells what was noticed, without personal data. `reasons`: the codes for which a person placed it, or for
    which that person would refuse the claim; `cleared_reasons`: those for which it was cleared, `note` what was typed
    beside them. A hold is cleared once and otherwise never changed.
    `sql/holds.sql` refuses the approval, the payout and the release of what is held.
    """

    class Kind(models.TextChoices):
        MISMATCH = "mismatch", _("记录与系统答复不一致")
        SHARED_PHONE = "shared_phone", _("多名车主使用同一手机号")
        SHARED_WALLET = "shared_wallet", _("多名车主使用同一钱包")
        SHARED_DEVICE = "shared_device", _("多家商户的申请由同一设备提交")
        SHARED_DOCUMENT = "shared_document", _("同一护照号码有多名持有人")
        REUSED_PHOTO = "reused_photo", _("照片在多份申请中重复使用")
        BURST = "burst", _("代办点短时间内大量申请")
        CUT_OFF = "cut_off", _("完成时间集中在阶段截止前")
        OPERATOR = "operator", _("运营机构先称失败、后称成功")
        NAME = "name", _("收款账户实名与车主不符")
        ALTERED = "altered", _("收款信息与登记时不符")
        UNPROVED = "unproved", _("所依据的决定无法核实")
        PAYEE = "payee", _("收款信息在锁定补贴后更正")
        AUTHORIZATION = "authorization", _("代办点授权已撤回")
        PAPER = "paper", _("所依据的书面材料已到期")
        LISTED = "listed", _("在待查名单上")
        REGISTER = "register", _("旧车备案的车主已变更")
        ELSEWHERE = "elsewhere", _("本省其他地区已有申请")
        INQUIRY = "inquiry", _("等待商户补充材料")
        OBJECTION = "objection", _("工作人员暂缓")

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="holds", verbose_name=_("补贴申请"))
    kind = models.CharField(_("原因"), max_length=16, choices=Kind)
    evidence = models.JSONField(_("依据"), default=dict)
    reasons = ArrayField(
        models.CharField(max_length=32), verbose_name=_("暂缓理由"), default=list, blank=True
    )
    placed_at = models.DateTimeField(_("暂缓时间"))
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("暂缓人"),
        db_index=False,
    )
    cleared_at = models.DateTimeField(_("解除时间"), null=True, blank=True)
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("解除人"),
        db_index=False,
    )
    cleared_reasons = ArrayField(
        models.CharField(max_length=32), verbose_name=_("解除理由"), default=list, blank=True
    )
    note = models.CharField(_("说明"), max_length=500, blank=True)
    # Of a changed payee: the newest change (its id) when the hold was cleared, which the database writes (sql/holds.sql).
    let_go = models.BigIntegerField(_("核实的更正"), null=True, blank=True, editable=False)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("暂缓发放")
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            as_recorded("holds_as_recorded"),
            models.Index(name="open_holds", fields=["id"], condition=_OPEN),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_open_hold_of_a_kind",
                fields=["claim", "kind"],
                condition=_OPEN,
            ),
            models.CheckConstraint(
                name="a_cleared_hold_names_who_cleared_it",
                condition=Q(cleared_at__isnull=True, cleared_by__isnull=True)
                | Q(cleared_at__isnull=False, cleared_by__isnull=False)
                & (Q(note__gt="") | Q(cleared_reasons__len__gt=0)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.kind}"
