from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SubsidiesConfig(AppConfig):
    name = "subsidies"
    verbose_name = _("补贴分配与发放")

    def ready(self) -> None:
        from subsidies import history  # noqa: PLC0415 - it needs models, so apps come first

        history.begin()
