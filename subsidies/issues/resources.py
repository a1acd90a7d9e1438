"""The columns of exported lists of issues."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from core.exports.resources import Column, HarmlessResource
from subsidies.models import ReportIssue


class ReportIssueResource(HarmlessResource):
    """Issues, of which schemes each is, and when it was signed."""

    schemes = Column(None, _("补贴方案"))
    prefetch: ClassVar = ("schemes",)

    class Meta:
        model = ReportIssue
        fields: ClassVar = [
            "year",
            "serial",
            "first",
            "last",
            "schemes",
            "state",
            "made_at",
            "decided_at",
            "note",
            "decision_note",
        ]

    def dehydrate_schemes(self, issue: ReportIssue) -> str:
        """Their names, as the list has them."""
        return "、".join(sorted(scheme.name for scheme in issue.schemes.all()))
