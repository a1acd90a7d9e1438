from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EbikesConfig(AppConfig):
    name = "ebikes"
    verbose_name = _("车辆与淘汰置换")
