"""manage.py sign_heads"""

from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.audit.settled import Unsettled
from core.commands import ProjectCommand
from core.shanghai import to_the_minute
from subsidies.heads.services.sign import sign_heads
from subsidies.heads.statement import NotAHead


class Command(ProjectCommand):
    about = gettext_lazy(
        "封存审计记录，把账链和审计链的末值签名(SM2)后写入 HEADS_FOLDER 中的新文件。后台每天自动执行一次。"
    )
    example = "manage.py sign_heads"

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            path = sign_heads(now=timezone.now())
        except NotAHead as error:
            raise CommandError(_("前一个链头文件 %s 被改动过，未签署新的") % error) from error
        except Unsettled as error:
            told = {"pid": error.holder.pid, "since": to_the_minute(error.holder.since)}
            raise CommandError(
                _("数据库进程 %(pid)s 自 %(since)s 起占着一个未结束的事务，封存不了，未签署") % told
            ) from error
        except OSError as error:
            raise CommandError(_("写不了链头文件：%s") % error.strerror) from error
        if path is None:
            raise CommandError(_("没有设置 HEADS_FOLDER：不知道写到哪里"))
        self.stdout.write(_("已签署 %s") % path)
