from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MerchantsConfig(AppConfig):
    name = "merchants"
    verbose_name = _("商户与代办点")
    # What PostgreSQL itself refuses and writes down, in the order in which it is applied (`core.guards`).
    guards: ClassVar = (
        "sql/audited.sql",
        "supervision/sql/guards.sql",
        "sql/auditors.sql",
    )
    guards_after: ClassVar = ("core",)
