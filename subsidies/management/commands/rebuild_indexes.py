"""manage.py rebuild_indexes"""

from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.commands import ProjectCommand
from core.keys.recognised import rebuilding, refuse_wrong_keys
from subsidies.indexes.rebuild import rebuild, to_rebuild


class Command(ProjectCommand):
    about = gettext_lazy(
        "启用 INDEX_KEYS 的第一把密钥，由加密的内容重算全部盲索引；要么全部完成，要么原样不动。先停止网站和后台。"
    )
    example = "manage.py rebuild_indexes"
    requires_system_checks = ()  # they would ask the database before it is known what this process is for

    def handle(self, *args: Any, **options: Any) -> None:
        rebuilding()
        refuse_wrong_keys(connection)
        if not to_rebuild():
            self.stdout.write(_("INDEX_KEYS 的第一把密钥已在使用，没有要做的事"))
            return
        for done in rebuild(now=timezone.now()):
            self.console.print(f"{done.table}  {done.rows}")
        self.stdout.write(_("盲索引已全部重算：从 INDEX_KEYS 中去掉旧密钥，再启动网站和后台"))
