from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EbikesConfig(AppConfig):
    name = "ebikes"
    verbose_name = _("车辆与淘汰置换")
    # What PostgreSQL itself refuses and writes down, in the order in which it is applied (`core.guards`).
    guards: ClassVar = (
        "evidence/sql/append_only.sql",
        "records/sql/audited.sql",
        "sql/deleted.sql",
        "sql/districts.sql",
    )
    guards_after: ClassVar = ("core",)
