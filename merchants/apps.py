from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class MerchantsConfig(AppConfig):
    name = "merchants"
    verbose_name = _("商户与代办点")

    def ready(self) -> None:
        """Refuse to start without usable keys, rather than at the first person's data. Raises ImproperlyConfigured."""
        from merchants.privacy import index_key, key_ring  # noqa: PLC0415 - it has a model field, so apps come first

        key_ring()
        index_key()

        from merchants.staff_roles import write_roles  # noqa: PLC0415 - likewise

        post_migrate.connect(write_roles, dispatch_uid="merchants.staff_roles")

        from merchants import watch  # noqa: PLC0415 - likewise

        watch.begin()
