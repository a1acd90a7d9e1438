"""The columns of exported lists of issues."""

from typing import ClassVar

from core.exports.resources import HarmlessResource
from subsidies.models import ReportIssue


class ReportIssueResource(HarmlessResource):
    """Issues, and when each was signed."""

    class Meta:
        model = ReportIssue
        fields: ClassVar = [
            "year",
            "serial",
            "first",
            "last",
            "state",
            "made_at",
            "decided_at",
            "note",
            "decision_note",
        ]
