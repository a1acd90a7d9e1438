"""Paper evidence about a claim, with a scan: brought by one person, confirmed by another, good until a day."""

from datetime import date
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.privacy.sealing import DrawnIdField, SealedField
from ebikes.models import LicensingAnswer
from subsidies.claims.models.claim import Claim


class PaperEvidenceQuerySet(models.QuerySet["PaperEvidence"]):
    """Papers as they are asked for."""

    def in_force(self, day: date) -> Self:
        """Confirmed, and not expired on this local day."""
        return self.filter(state=PaperEvidence.State.CONFIRMED, expires_on__gte=day)

    def proposed(self) -> Self:
        """Those that wait for another person."""
        return self.filter(state=PaperEvidence.State.PROPOSED)


class PaperEvidence(models.Model):
    """A paper that stands in for one system's answer, or shows that whom the systems name stands for the owner.

    Of a system: `facts` are what its answer would have told, and `answer` the row that was made of them when it was
    confirmed. Of a person: `other_id_no` is the number of whom the systems name, sealed, `other_print` its keyed
    fingerprint, which the marks hold. `scans`: sealed files (`core.privacy.scans`), `digests` of what was sent.
    What it says never changes (`sql/papers.sql`); after `expires_on` it counts for nothing.
    """

    class Subject(models.TextChoices):
        EXING = "exing", _("代替浙江e行在线的答复")
        YUNSHENLING = "yunshenling", _("代替云申领的答复")
        FAMILY = "family", _("登记人是车主的家庭成员")
        HEIR = "heir", _("登记人已故，车主是继承人")
        RENAMED = "renamed", _("车主改过姓名或证件号码")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待他人确认")
        CONFIRMED = "confirmed", _("已确认")
        DECLINED = "declined", _("未确认")
        EXPIRED = "expired", _("已到期")

    id = DrawnIdField(primary_key=True)
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="papers", verbose_name=_("补贴申请"))
    subject = models.CharField(_("证明什么"), max_length=16, choices=Subject)
    facts = models.JSONField(_("材料所载"), default=dict, blank=True)
    other_id_no = SealedField(_("登记人证件号码"), null=True, blank=True, bound_to=("id", "claim_id"))
    other_print = models.CharField(max_length=32, blank=True, editable=False)
    title = models.CharField(_("材料名称和文号"), max_length=100)
    scans = ArrayField(models.CharField(max_length=36), verbose_name=_("扫描件"))
    digests = ArrayField(models.CharField(max_length=64), verbose_name=_("扫描件指纹"))
    expires_on = models.DateField(_("有效期至"))
    note = models.CharField(_("说明"), max_length=500)
    state = models.CharField(_("状态"), max_length=16, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("提出人"),
        db_index=False,
    )
    proposed_at = models.DateTimeField(_("提出时间"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("确认人"),
        db_index=False,
    )
    decided_at = models.DateTimeField(_("确认时间"), null=True, blank=True)
    decision_note = models.CharField(_("确认说明"), max_length=500, blank=True)
    answer = models.OneToOneField(
        LicensingAnswer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="paper",
        verbose_name=_("核验应答"),
    )

    objects = PaperEvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("书面材料")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_open_paper_of_a_subject",
                fields=["claim", "subject"],
                condition=Q(state="proposed"),
            ),
            models.CheckConstraint(
                name="a_paper_has_two_people",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")) | Q(state="declined"),
            ),
            models.CheckConstraint(
                name="a_decided_paper_names_who",
                condition=Q(state="proposed", decided_by__isnull=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(state="proposed"),
            ),
            models.CheckConstraint(
                name="a_paper_has_a_scan",
                condition=Q(scans__len__gt=0, digests__len=F("scans__len")),
            ),
            models.CheckConstraint(
                name="a_paper_about_a_person_names_one",
                condition=Q(subject__in=["exing", "yunshenling"], other_id_no__isnull=True, other_print="")
                | Q(subject__in=["family", "heir", "renamed"], other_id_no__isnull=False, other_print__gt=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.get_subject_display()}"

    @property
    def stands_for_a_system(self) -> bool:
        return self.subject in (self.Subject.EXING, self.Subject.YUNSHENLING)
