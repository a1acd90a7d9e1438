"""What is done about a group of doubtful claims besides deciding them: somebody looks into the shop."""

from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from core.shanghai import SHANGHAI
from merchants.models import Inspection, Merchant
from subsidies.review.models.hold import Hold


class InspectionTaskQuerySet(models.QuerySet["InspectionTask"]):
    """Tasks as they are asked for."""

    def open(self) -> Self:
        """Those whose shop nobody has inspected, to a conclusion, since the day on which it was asked for."""
        done = Inspection.objects.filter(
            merchant=OuterRef("merchant"), inspected_on__gte=OuterRef("asked_on")
        )
        dated = self.alias(asked_on=TruncDate("asked_at", tzinfo=SHANGHAI))
        return dated.filter(~Exists(done.exclude(conclusion="")))


class InspectionTask(models.Model):
    """A shop is to be inspected because of claims that are tied to each other (`kind`). Of them it names the records alone.

    It is done when an inspection of the shop is concluded: that is read from the inspections, and not kept here.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("销售商户"))
    kind = models.CharField(_("疑点"), max_length=16, choices=Hold.Kind)
    record_nos = ArrayField(models.CharField(max_length=64), verbose_name=_("淘汰置换单号"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("提出人"),
        db_index=False,
    )
    asked_at = models.DateTimeField(_("提出时间"))

    objects = InspectionTaskQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("疑点检查任务")
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.merchant} {self.get_kind_display()}"
