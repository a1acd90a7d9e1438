"""Tables that somebody asked for, and what became of them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.privacy.sealing import DrawnIdField, SealedField


class Export(models.Model):
    """One list as a table: asked for, written by a worker, kept sealed for some days, then removed. The row stays.

    `model_label` and `query` say which list, filtered how: the query may hold a person's number, so it rests sealed.
    `sql/exports.sql` refuses to delete a row, or to change what was asked for by whom.
    """

    class Format(models.TextChoices):
        XLSX = "xlsx", _("XLSX(Excel、WPS)")
        CSV = "csv", _("CSV")
        ZIP = "zip", _("每份一个 PDF(打包为 ZIP)")

    class State(models.TextChoices):
        WAITING = "waiting", _("等待中")
        WRITING = "writing", _("生成中")
        READY = "ready", _("可下载")
        FAILED = "failed", _("未完成")
        EXPIRED = "expired", _("已过期")

    id = DrawnIdField(primary_key=True)
    model_label = models.CharField(_("列表"), max_length=64)
    query = SealedField(_("筛选条件"))
    file_format = models.CharField(_("格式"), max_length=4, choices=Format)
    sample = models.PositiveIntegerField(_("随机抽取份数"), null=True, blank=True)
    personal = models.BooleanField(_("完整个人信息"), default=False)
    note = models.CharField(_("用途"), max_length=500, blank=True)
    language = models.CharField(_("语言"), max_length=10)
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    rows_expected = models.PositiveIntegerField(_("应有行数"), null=True, blank=True)
    rows_written = models.PositiveIntegerField(_("已写行数"), default=0)
    failure = models.CharField(_("失败原因"), max_length=200, blank=True)
    file_name = models.CharField(_("文件名"), max_length=255)
    file_sha256 = models.CharField(_("文件指纹"), max_length=64, blank=True)
    file_size = models.PositiveBigIntegerField(_("文件大小"), default=0)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("申请人"),
        db_index=False,
    )
    asked_at = models.DateTimeField(_("申请时间"))
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    expires_at = models.DateTimeField(_("保留至"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("导出"), _("导出记录")
        ordering: ClassVar = ["-id"]
        permissions: ClassVar = [("view_every_export", _("查看所有人的导出记录"))]
        indexes: ClassVar = [
            models.Index(name="exports_of_a_person", fields=["asked_by", "-id"]),
            models.Index(
                name="exports_to_write", fields=["id"], condition=Q(state__in=["waiting", "writing"])
            ),
            models.Index(name="exports_to_remove", fields=["expires_at"], condition=Q(state="ready")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="personal_data_leaves_for_a_purpose", condition=Q(personal=False) | Q(note__gt="")
            ),
            models.CheckConstraint(
                name="an_export_that_is_ready_has_a_file",
                condition=~Q(state__in=["ready", "expired"])
                | Q(file_sha256__gt="", expires_at__isnull=False, finished_at__isnull=False),
            ),
            models.CheckConstraint(
                name="an_export_fails_for_a_reason",
                condition=Q(state="failed", failure__gt="") | Q(~Q(state="failed"), failure=""),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_open(self) -> bool:
        """Whether somebody still waits for it."""
        return self.state in (self.State.WAITING, self.State.WRITING)
