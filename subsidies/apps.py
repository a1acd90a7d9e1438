from typing import ClassVar

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SubsidiesConfig(AppConfig):
    name = "subsidies"
    verbose_name = _("补贴分配与发放")
    # What PostgreSQL itself refuses and writes down, in the order in which it is applied (`core.guards`).
    guards: ClassVar = (
        "claims/sql/claims.sql",
        "claims/sql/shop.sql",
        "ledger/sql/ledger.sql",
        "allocation/sql/due.sql",
        "locks/sql/locks.sql",
        "payouts/sql/payouts.sql",
        "cells/sql/cells.sql",
        "reconciliation/sql/reconciliation.sql",
        "review/sql/holds.sql",
        "casework/sql/casework.sql",
        "papers/sql/papers.sql",
        "papers/sql/audited.sql",
        "watchlist/sql/watchlist.sql",
        "watchlist/sql/audited.sql",
        "payees/sql/payees.sql",
        "recoveries/sql/recoveries.sql",
        "supplements/sql/supplements.sql",
        "claims/sql/audited.sql",
        "recoveries/sql/audited.sql",
        "schemes/sql/schemes.sql",
        "schemes/sql/steps.sql",
        "closing/sql/closing.sql",
        "inquiries/sql/inquiries.sql",
        "inquiries/sql/audited.sql",
        "intake/sql/registers.sql",
        "laboratory/sql/laboratory.sql",
        "stated/sql/stated.sql",
        "issues/sql/issues.sql",
        "heads/sql/books.sql",
        "province/sql/province.sql",
        "sql/deleted.sql",
        "sql/deciders.sql",
        "sql/auditors.sql",
        "sql/districts.sql",
    )
    guards_after: ClassVar = ("ebikes",)

    def ready(self) -> None:
        """Tell the audit trail, which knows no claims, how a claim's history and a search read."""
        from subsidies import trail_words  # noqa: PLC0415 - they need models, so apps come first
        from subsidies.cells import deployment as cells_deployment  # noqa: PLC0415, F401
        from subsidies.cells.joined import join_province  # noqa: PLC0415
        from subsidies.claims import audit_history  # noqa: PLC0415
        from subsidies.heads import deployment as heads_deployment  # noqa: PLC0415, F401 - their checks register themselves
        from subsidies.payouts import deployment  # noqa: PLC0415, F401

        post_migrate.connect(join_province, sender=self, dispatch_uid="subsidies.cells.joined")
        audit_history.begin()
        trail_words.begin()
