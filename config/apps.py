from django.apps import AppConfig
from django.contrib.admin import apps as admin


class ProjectConfig(AppConfig):
    """The project itself, an app so that it may own the commands that span all the others."""

    name = "config"
    default = True

    def ready(self) -> None:
        from config import checks  # noqa: PLC0415 - it reads the settings

        checks.begin()


class StaffAdminConfig(admin.AdminConfig):
    """The admin, with the staff's site."""

    default = False
    default_site = "config.staff_site.StaffSite"
