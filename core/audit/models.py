"""Who saw, changed, exported and decided what, when, from where."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.districts.models import DistrictKey


class AuditEntry(models.Model):
    """One thing that somebody did or saw, or that a table's trigger saw change. Rows are only ever added.

    `object_type` is a model's label (`subsidies.claim`), `object_id` its key as text. `before` and `after` hold the
    columns that changed, sealed ones only as a mark; `detail` what else there is to know. No personal data in either.
    A row that is part of another record (a role, a letter, a hold) stands under that record; `detail.part` is its own label.
    `sql/audit.sql` holds the triggers that write what changed, and those that let nobody change or delete it.
    """

    class Action(models.TextChoices):
        LOGIN = "login", _("登录")
        LOGIN_FAILED = "login_failed", _("登录失败")
        LOGOUT = "logout", _("退出")
        VIEW = "view", _("查看")
        REVEAL = "reveal", _("查看完整个人信息")
        SEARCH = "search", _("查找")
        EXPORT = "export", _("导出")
        DOWNLOAD = "download", _("下载")
        DECIDE = "decide", _("决定")
        CREATE = "create", _("新增")
        UPDATE = "update", _("修改")
        DELETE = "delete", _("删除")

    district = DistrictKey(null=True)
    at = models.DateTimeField(_("时间"), db_default=Now())
    action = models.CharField(_("操作"), max_length=16, choices=Action)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("操作人"),
    )
    address = models.GenericIPAddressField(_("来源地址"), null=True, blank=True)
    object_type = models.CharField(_("对象类型"), max_length=64, blank=True)
    object_id = models.CharField(_("对象编号"), max_length=64, blank=True)
    before = models.JSONField(_("修改前"), null=True, blank=True)
    after = models.JSONField(_("修改后"), null=True, blank=True)
    detail = models.JSONField(_("详情"), default=dict, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("审计日志")
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(name="audit_of_an_object", fields=["object_type", "object_id", "-id"]),
            models.Index(name="audit_of_a_person", fields=["by", "-id"]),
            models.Index(name="audit_of_a_kind", fields=["action", "-id"]),
            models.Index(name="audit_of_a_day", fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_action_display()}"


class ProcessKey(models.Model):
    """By what the database recognises this system's own processes (`proof.py`). One row; nobody reads it but its owner."""

    key = models.BinaryField(_("密钥"), max_length=32)

    class Meta:
        verbose_name = verbose_name_plural = _("进程密钥")

    def __str__(self) -> str:
        return "#"


class AuditSeal(models.Model):
    """A link of the audit trail's chain: every entry from the seal before up to `until`, and no other.

    `digest` is SM3 over those entries, each in one line of text (`audit_payload`), in the order of their time; `hash` is SM3
    over the hash before and what this seal says. Entries go when their time is over; the seals stay, so that the chain can
    be followed from any head that was ever signed. `sql/seals.sql` takes them only in order, and whole.
    """

    no = models.BigIntegerField(_("序号"), primary_key=True)
    until = models.DateTimeField(_("截至"))
    entries = models.BigIntegerField(_("条数"))
    digest = models.BinaryField(_("内容摘要"), max_length=32)
    hash = models.BinaryField(_("链值"), max_length=32)
    sealed_at = models.DateTimeField(_("封存时间"), db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = _("审计封存")
        ordering: ClassVar = ["no"]

    def __str__(self) -> str:
        return f"#{self.no}"
