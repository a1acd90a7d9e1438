"""The audit trail as a table: each entry in words, as its page says it. What is sealed stays a mark."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from core.audit.history import by_what, changes, details, name_together, subject
from core.exports.resources import Column, HarmlessResource
from core.models import AuditEntry

_ALL = ("before", "after", "detail", "object_type", "object_id", "by__username", "by__full_name")


class AuditEntryResource(HarmlessResource):
    """When, who, what, about which record, and what changed."""

    who = Column(title=_("操作人"), needs=_ALL)
    about = Column(title=_("对象"), needs=_ALL)
    what_changed = Column(title=_("内容"), needs=_ALL)

    class Meta:
        model = AuditEntry
        fields: ClassVar = ["id", "at", "action", "who", "address", "about", "what_changed"]

    def look_up(self, rows: list[AuditEntry]) -> None:
        """What the records are known as."""
        name_together(rows)

    def dehydrate_who(self, entry: AuditEntry) -> str:
        if entry.by is None:
            return by_what(entry) or "—"
        return f"{entry.by.get_full_name()} {entry.by.username}".strip()

    def dehydrate_about(self, entry: AuditEntry) -> str:
        return subject(entry)

    def dehydrate_what_changed(self, entry: AuditEntry) -> str:
        told = [f"{name}：{words}" for name, words in details(entry)]
        told += [f"{each.name}：{each.before or '—'} → {each.after or '—'}" for each in changes(entry)]
        return "；".join(told)
