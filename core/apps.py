from typing import ClassVar

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("账号与审计")
    # What PostgreSQL itself refuses and writes down, in the order in which it is applied (`core.guards`).
    guards: ClassVar = (
        "audit/sql/audit.sql",
        "audit/sql/audited.sql",
        "accounts/sql/sessions.sql",
        "exports/sql/exports.sql",
    )

    def ready(self) -> None:
        """Refuse to start without usable keys or networks, not at the first request. Raises ImproperlyConfigured."""
        from core.accounts.networks import staff_networks  # noqa: PLC0415 - likewise
        from core.privacy.sealing import (  # noqa: PLC0415 - it has a model field, so apps come first
            index_key,
            key_ring,
        )

        key_ring()
        index_key()
        staff_networks()

        from core.accounts.roles import write_roles  # noqa: PLC0415 - likewise

        post_migrate.connect(write_roles, dispatch_uid="core.accounts.roles")

        from core.audit import logins  # noqa: PLC0415 - likewise

        logins.begin()
