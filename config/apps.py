from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """The project itself, an app so that it may own the commands that span all the others."""

    name = "config"

    def ready(self) -> None:
        from config import checks  # noqa: PLC0415 - it reads the settings

        checks.begin()
