"""manage.py signing_keys"""

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.commands import ProjectCommand
from core.signing import public_pem
from core.signing.sm2 import signing_keys


class Command(ProjectCommand):
    about = gettext_lazy("显示本系统各签名密钥的公钥(SM2)，交给运营机构和核对链头的人；私钥从不显示。")
    example = "manage.py signing_keys --pem operator"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pem", metavar=_("用途"), help=_("以 PEM 格式显示一把"))

    def handle(self, *args: Any, **options: Any) -> None:
        for purpose, key in signing_keys().items():
            public = key.public.hex()
            if options["pem"] is None:
                self.stdout.write(f"{purpose}  {public}")
            elif options["pem"] == purpose:
                self.stdout.write(public_pem(public))
