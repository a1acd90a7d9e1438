"""manage.py makeguards"""

from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.core.management.base import CommandError, CommandParser
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.commands import ProjectCommand
from core.guards import UnlistedGuards, as_migration, changes


class Command(ProjectCommand):
    about = gettext_lazy(
        "把各处 sql/ 文件夹中数据库规则的改动写成迁移：迁移带有当时的全文和退回办法，以后再改文件也不影响它。"
    )
    example = "manage.py makeguards --check"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help=_("只检查；有未写成迁移的改动时报错"))

    def handle(self, *args: Any, **options: Any) -> None:
        guarded = [app for app in apps.get_app_configs() if hasattr(app, "guards")]
        try:
            waiting = [(app, found) for app in sorted(guarded, key=_level) if (found := changes(app))]
        except UnlistedGuards as error:
            raise CommandError(_("没有列入 guards、不存在或不能重复执行的规则文件：%s") % error) from error
        if options["check"]:
            if waiting:
                paths = ", ".join(f"{app.label}/{each.path}" for app, found in waiting for each in found)
                raise CommandError(_("有未写成迁移的改动(manage.py makeguards)：%s") % paths)
            return
        for app, found in waiting:
            leaf = _leaf(app.label)
            number = int(leaf[1][:4]) + 1
            depends = [leaf, *(_leaf(label) for label in getattr(app, "guards_after", ()))]
            path = Path(app.path) / "migrations" / f"{number:04}_guards.py"
            path.write_text(as_migration(app, found, depends=depends), encoding="utf-8")
            self.console.print(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _level(app: AppConfig) -> int:
    """Whose guards others stand on comes first."""
    after: tuple[str, ...] = getattr(app, "guards_after", ())
    return max((_level(apps.get_app_config(label)) + 1 for label in after), default=0)


def _leaf(label: str) -> tuple[str, str]:
    """The app's newest migration."""
    ((_label, name),) = MigrationLoader(None).graph.leaf_nodes(label)
    return label, str(name)
