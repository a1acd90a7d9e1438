from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MerchantsConfig(AppConfig):
    name = "merchants"
    verbose_name = _("商户与代办点")
    # What PostgreSQL itself refuses and writes down, in the order in which it is applied (`core.guards`).
    guards: ClassVar = (
        "sql/audited.sql",
        "sql/sessions.sql",
        "supervision/sql/guards.sql",
        "supervision/sql/tasks.sql",
        "supervision/sql/sampling.sql",
        "enforcement/sql/enforcement.sql",
        "sql/deleted.sql",
        "team/sql/team.sql",
        "sql/auditors.sql",
        "sql/districts.sql",
    )
    guards_after: ClassVar = ("core",)

    def ready(self) -> None:
        """Owners of shops have a second factor, as staff have."""
        from core.accounts.second_factor import asked_of  # noqa: PLC0415 - models, so apps come first
        from merchants.team.members import owns_a_shop  # noqa: PLC0415 - likewise

        asked_of(owns_a_shop)
