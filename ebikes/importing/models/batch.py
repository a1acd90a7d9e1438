"""Files that came in, and the verdict on every row of them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.districts.models import DistrictKey
from core.privacy.sealing import DrawnIdField, SealedField
from merchants.models import Merchant

_LIVE = models.Q(state__in=["confirmed", "taken_back"])


class ImportBatch(models.Model):
    """One file on its way in: read, previewed, then confirmed or discarded. Nothing is live before it is confirmed.

    A single record from the portal's form comes the same way, as a batch of one row (`source`). `second_person`: somebody
    other than the uploader confirms it, and somebody other than that takes it back.
    """

    class Kind(models.TextChoices):
        TRADE_INS = "trade_ins", _("淘汰置换")
        FILED_BIKES = "filed_bikes", _("备案车辆")
        MERCHANTS = "merchants", pgettext_lazy("many", "销售商户")
        AGENT_POINTS = "agent_points", pgettext_lazy("many", "代办点")

    class State(models.TextChoices):
        READING = "reading", _("读取中")
        PREVIEW = "preview", _("待确认")
        CONFIRMED = "confirmed", _("已确认")
        TAKEN_BACK = "taken_back", _("已撤回")
        DISCARDED = "discarded", _("已撤销")
        FAILED = "failed", _("无法读取")

    class Source(models.TextChoices):
        FILE = "file", _("文件")
        FORM = "form", _("逐笔填报")

    id = DrawnIdField(primary_key=True)
    district = DistrictKey()
    kind = models.CharField(_("种类"), max_length=16, choices=Kind)
    source = models.CharField(_("来源"), max_length=8, choices=Source, default=Source.FILE)
    state = models.CharField(_("状态"), max_length=16, choices=State, default=State.READING)
    file_name = models.CharField(_("文件名"), max_length=255)
    file_sha256 = models.CharField(_("文件指纹"), max_length=64)
    header = models.JSONField(_("表头"), default=list, blank=True)  # the titles as they were written
    columns = models.ForeignKey(
        "ebikes.RememberedColumns",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("所用的列名说明"),
        db_index=False,
    )
    failure = models.CharField(_("失败原因"), max_length=500, blank=True)
    progress = models.FloatField(_("进度"), default=0)
    attempts = models.PositiveSmallIntegerField(_("读取次数"), default=0)
    reading = models.JSONField(_("读取情况"), default=dict, blank=True)
    samples = SealedField(_("未读列的前几个值"), null=True, blank=True)
    rows_accepted = models.PositiveIntegerField(_("接受"), default=0)
    rows_duplicate = models.PositiveIntegerField(_("重复"), default=0)
    rows_refused = models.PositiveIntegerField(_("拒绝"), default=0)
    merchant = models.ForeignKey(
        Merchant, models.PROTECT, null=True, blank=True, related_name="batches", verbose_name=_("销售商户")
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("上传人"),
    )
    uploaded_at = models.DateTimeField(_("上传时间"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("确认人"),
    )
    confirmed_at = models.DateTimeField(_("确认时间"), null=True, blank=True)
    second_person = models.BooleanField(_("须由他人确认"), default=False)
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("撤回人"),
        db_index=False,
    )
    taken_back_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("导入批次"), pgettext_lazy("many", "导入批次")
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(name="batches_to_confirm", fields=["id"], condition=models.Q(state="preview")),
            models.Index(name="batches_from_files", fields=["id"], condition=models.Q(source="file")),
            models.Index(name="batches_being_read", fields=["id"], condition=models.Q(state="reading")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_batch_is_confirmed_at_a_time",
                condition=models.Q(_LIVE, confirmed_at__isnull=False)
                | models.Q(~_LIVE, confirmed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_batch_is_taken_back_at_a_time",
                condition=models.Q(state="taken_back", taken_back_at__isnull=False)
                | models.Q(~models.Q(state="taken_back"), taken_back_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_batch_that_needs_two_has_two",
                condition=models.Q(second_person=False)
                | ~_LIVE
                | models.Q(uploaded_by__isnull=True)
                | models.Q(~models.Q(confirmed_by=models.F("uploaded_by")), confirmed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="who_confirmed_for_two_does_not_take_back",
                condition=models.Q(second_person=False)
                | models.Q(taken_back_by__isnull=True)
                | ~models.Q(taken_back_by=models.F("confirmed_by")),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportRow(models.Model):
    """The verdict on one row of a file. The cells of a row that did not go in are kept, sealed, so nothing is lost."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", _("接受")
        DUPLICATE = "duplicate", _("重复")
        REFUSED = "refused", _("拒绝")

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows", verbose_name=_("导入批次"))
    line = models.PositiveIntegerField(_("行号"))
    record_no = models.CharField(_("单号"), max_length=64, blank=True)
    verdict = models.CharField(_("结论"), max_length=16, choices=Verdict)
    reason = models.CharField(_("原因代码"), max_length=32, blank=True)
    problems = models.JSONField(_("问题"), default=list)
    cells = SealedField(_("原始单元格"), null=True, blank=True, bound_to=["batch_id", "line"])

    class Meta:
        verbose_name = verbose_name_plural = _("导入明细")
        ordering: ClassVar = ["batch", "line"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="one_verdict_per_line", fields=["batch", "line"]),
            models.CheckConstraint(
                name="a_refused_row_has_a_reason",
                condition=models.Q(verdict="refused", reason__gt="")
                | models.Q(~models.Q(verdict="refused"), reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.line} {self.verdict}"
