from typing import ClassVar

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("账号与审计")
    # What PostgreSQL itself refuses and writes down, in the order in which it is applied (`core.guards`).
    guards: ClassVar = (
        "database/sql/rights.sql",
        "audit/sql/told.sql",
        "districts/sql/districts.sql",
        "privacy/sql/sealed.sql",
        "decisions/sql/marks.sql",
        "audit/sql/audit.sql",
        "audit/sql/seals.sql",
        "audit/sql/audited.sql",
        "accounts/sql/sessions.sql",
        "exports/sql/exports.sql",
        "database/sql/deleted.sql",
        "rights/sql/rights.sql",
        "database/sql/auditors.sql",
        "districts/sql/readers.sql",
    )

    def ready(self) -> None:
        """Refuse to start without usable keys and networks, not at the first request. Raises ImproperlyConfigured."""
        from core.accounts.networks import staff_networks  # noqa: PLC0415 - it has a model, so apps come first
        from core.keys import recognised  # noqa: PLC0415 - likewise

        recognised.begin()
        staff_networks()

        from core.accounts.roles import write_roles  # noqa: PLC0415 - likewise

        post_migrate.connect(write_roles, dispatch_uid="core.accounts.roles")

        from core.audit.retention import write_retention  # noqa: PLC0415 - likewise

        post_migrate.connect(write_retention, sender=self, dispatch_uid="core.audit.retention")

        from core.audit.proof import refuse_strangers, write_key  # noqa: PLC0415 - likewise

        post_migrate.connect(write_key, sender=self, dispatch_uid="core.audit.proof")
        post_migrate.connect(refuse_strangers, dispatch_uid="core.audit.strangers")

        from core.rights.written import write_rules  # noqa: PLC0415 - likewise

        post_migrate.connect(write_rules, sender=self, dispatch_uid="core.rights")

        from core.database.roles import give_rights  # noqa: PLC0415 - likewise

        pre_migrate.connect(give_rights, sender=self, dispatch_uid="core.database.roles")

        from core.districts.written import write_first_district  # noqa: PLC0415 - likewise

        post_migrate.connect(write_first_district, sender=self, dispatch_uid="core.districts.written")

        from core.audit import logins  # noqa: PLC0415 - likewise

        logins.begin()

        from core.staff import lists  # noqa: PLC0415 - likewise

        lists.begin()
