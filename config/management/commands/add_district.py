"""manage.py add_district"""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.commands import ProjectCommand
from core.database.owner import NoOwner, owning
from core.models import District


class Command(ProjectCommand):
    about = gettext_lazy(
        "增加一个区。此后新开账号、导入数据都须说明属于哪个区；已有的账号和数据仍属原来的区。"
    )
    example = "manage.py add_district 330106 NAME"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", type=int, metavar="CODE", help=_("行政区划代码(GB/T 2260，六位)"))
        parser.add_argument("name", metavar="NAME", help=_("区的名称"))

    def handle(self, *args: Any, **options: Any) -> None:
        district = District(code=options["code"], name=options["name"])
        try:
            district.full_clean()
            with owning():
                district.save(force_insert=True)
        except ValidationError as error:
            raise CommandError("；".join(error.messages)) from error
        except NoOwner as error:
            raise CommandError(str(error)) from error
        self.console.print(
            _("已增加%(name)s(%(code)s)，现有 %(count)s 个区。")
            % {"name": district, "code": district.pk, "count": District.objects.count()}
        )
