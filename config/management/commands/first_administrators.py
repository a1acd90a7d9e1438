"""manage.py first_administrators"""

import secrets
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.accounts.roles import title_of
from core.commands import ProjectCommand
from core.database.owner import NoOwner, owning
from core.models import User
from core.rights.first import lay_roles


class Command(ProjectCommand):
    about = gettext_lazy("设立最初的系统管理员和安全管理员各一名；此后账号和权限都由两人在网页上办理。")
    example = "manage.py first_administrators zhang.wei li.na"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs=2, metavar="NAME", help=_("系统管理员和安全管理员的用户名"))

    def handle(self, *args: Any, **options: Any) -> None:
        sysadmin, security = options["names"]
        if sysadmin.casefold() == security.casefold():
            raise CommandError(_("系统管理员和安全管理员须是两个人"))
        try:
            with owning(), transaction.atomic():
                if User.objects.exclude(groups=None).exists():
                    raise CommandError(_("已有账号担任角色：请由系统管理员提出、安全管理员确认"))
                for name, role in ((sysadmin, "sysadmin"), (security, "security")):
                    password = secrets.token_urlsafe(12)
                    self._make(name, role, password)
                    self.console.print(f"{title_of(role)}  {name}  {password}")
        except NoOwner as error:
            raise CommandError(str(error)) from error
        self.console.print(_("口令只显示这一次，请分别交给本人，首次登录须修改。"))

    def _make(self, name: str, role: str, password: str) -> None:
        if User.objects.filter(username__iexact=name).exists():
            raise CommandError(_("已有这个用户名：%s") % name)
        user = User(username=name, is_staff=True, must_change_password=True)
        user.set_password(password)
        user.save()
        lay_roles(user, [role], at=timezone.now())
