"""An issue of the report, what it froze and gave out, and the template of its prose."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.districts.models import DistrictKey
from subsidies.schemes.models.scheme import Scheme


def two_people(one: str, agreed: str) -> Q:
    """A CHECK: open and undecided, or decided by another person than `one`, or given back with a reason."""
    return Q(state="proposed", decided_by__isnull=True, decided_at__isnull=True) | Q(
        Q(state=agreed) & ~Q(decided_by=F(one)) | Q(state="declined", decision_note__gt=""),
        decided_by__isnull=False,
        decided_at__isnull=False,
    )


class ReportTemplate(models.Model):
    """A version of the prose (报告模板): a Word document with the figures' names in it, by two people.

    The newest approved one is in force; before there is any, the shipped one (`issues/shipped.py`). Never edited.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待他人核准")
        APPROVED = "approved", _("已核准")
        DECLINED = "declined", _("未核准")

    version = models.PositiveIntegerField(_("版本"), unique=True)
    file_name = models.CharField(_("文件名"), max_length=200)
    content = models.BinaryField(_("内容"))
    sha256 = models.CharField(_("文件指纹"), max_length=64)
    note = models.CharField(_("说明"), max_length=500)
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提出人")
    )
    proposed_at = models.DateTimeField(_("提出时间"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("核准人"),
    )
    decided_at = models.DateTimeField(_("核准时间"), null=True, blank=True)
    decision_note = models.CharField(_("核准说明"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("报告模板")
        ordering: ClassVar = ["-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_open_report_template", fields=["state"], condition=Q(state="proposed")
            ),
            models.CheckConstraint(
                name="a_report_template_has_two_people", condition=two_people("proposed_by", "approved")
            ),
            models.CheckConstraint(name="a_report_template_has_a_note", condition=Q(note__gt="")),
        ]

    def __str__(self) -> str:
        return _("第 %s 版") % self.version


class ReportIssueQuerySet(models.QuerySet["ReportIssue"]):
    """Issues as they are asked for."""

    def signed(self) -> Self:
        return self.filter(state=ReportIssue.State.SIGNED)


class ReportIssue(models.Model):
    """The report of some days (both included, Asia/Shanghai), frozen (报告期次): made by one person, signed by another.

    Its figures, their rows and its documents are written when it is made, and stand for ever: `sql/issues.sql` sees to it.
    `digest`: `issue_digest()` of its figures. `compared_with`: the issue signed last, to whose figures these are held.
    `schemes`: which schemes the money and claims are of; `template`: by which version the prose was written (None: the
    shipped one).
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待他人签发")
        SIGNED = "signed", _("已签发")
        DECLINED = "declined", _("未签发，已退回")

    district = DistrictKey()
    year = models.PositiveSmallIntegerField(_("年度"))
    serial = models.PositiveSmallIntegerField(_("期次"))
    first = models.DateField(_("自"))
    last = models.DateField(_("至"))
    schemes = models.ManyToManyField(Scheme, related_name="+", verbose_name=_("补贴方案"), blank=True)
    compared_with = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("对比的上一期")
    )
    template = models.ForeignKey(
        ReportTemplate, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("报告模板")
    )
    digest = models.BinaryField(_("数据指纹"), max_length=32, null=True)
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.PROPOSED)
    note = models.CharField(_("说明"), max_length=500, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("编制人")
    )
    made_at = models.DateTimeField(_("编制时间"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("签发人"),
    )
    decided_at = models.DateTimeField(_("签发时间"), null=True, blank=True)
    decision_note = models.CharField(_("签发说明"), max_length=500, blank=True)

    objects = ReportIssueQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("报告期次"), pgettext_lazy("many", "报告期次")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="report_issues_are_numbered", fields=["district", "year", "serial"]),
            models.CheckConstraint(name="a_report_ends_after_it_begins", condition=Q(last__gte=F("first"))),
            models.CheckConstraint(
                name="a_report_issue_has_two_people", condition=two_people("made_by", "signed")
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """By what it is cited."""
        return f"{self.year}-{self.serial:02}"


class IssueFigure(models.Model):
    """One figure of an issue as it was: what it is called and counts, and the rows behind it.

    `value`: rows, pieces or fen; `text`, `rate`: as printed; `late`: how many rows came in after the period's end; `rows`:
    CSV, zlib-packed (`frozen.py`), `rows_sha256` of what is in the column. `opens`: the model whose readers may see them.
    """

    issue = models.ForeignKey(
        ReportIssue, models.PROTECT, related_name="figures", verbose_name=_("报告期次"), db_index=False
    )
    place = models.PositiveSmallIntegerField(_("顺序"))
    section = models.CharField(_("部分"), max_length=100)
    code = models.CharField(_("代码"), max_length=60)
    word = models.CharField(_("模板用名"), max_length=60)
    title = models.CharField(_("指标"), max_length=100)
    meaning = models.CharField(_("口径"), max_length=500)
    is_money = models.BooleanField(_("金额"), default=False)
    value = models.BigIntegerField(_("数值"), null=True)
    text = models.CharField(_("显示"), max_length=60)
    rate = models.CharField(_("占比"), max_length=12, blank=True)
    remark = models.CharField(_("说明"), max_length=300, blank=True)
    late = models.PositiveIntegerField(_("期末后补录"), default=0)
    count = models.PositiveIntegerField(_("明细行数"), default=0)
    rows = models.BinaryField(_("明细"))
    rows_sha256 = models.CharField(_("明细指纹"), max_length=64)
    opens = models.CharField(_("明细所属"), max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("报告数据")
        ordering: ClassVar = ["issue", "place"]
        default_permissions: ClassVar = ()  # whoever reads the issue reads its figures
        constraints: ClassVar = [
            models.UniqueConstraint(name="figures_of_an_issue_are_told_once", fields=["issue", "code"]),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.text}"


class IssueDocument(models.Model):
    """A document of an issue, byte for byte as it was made with it."""

    class Format(models.TextChoices):
        DOCX = "docx", "DOCX"
        XLSX = "xlsx", "XLSX"

    issue = models.ForeignKey(
        ReportIssue, models.PROTECT, related_name="documents", verbose_name=_("报告期次"), db_index=False
    )
    file_format = models.CharField(_("格式"), max_length=4, choices=Format)
    content = models.BinaryField(_("内容"))
    sha256 = models.CharField(_("文件指纹"), max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = _("报告文件")
        ordering: ClassVar = ["issue", "file_format"]
        default_permissions: ClassVar = ()
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_report_document_is_made_once", fields=["issue", "file_format"]),
        ]

    def __str__(self) -> str:
        return f"{self.issue_id}.{self.file_format}"
