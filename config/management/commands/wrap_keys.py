"""manage.py wrap_keys"""

from typing import Any

from django.utils.translation import gettext_lazy

from core.commands import ProjectCommand
from core.keys.pkcs11 import KEYS, wrapped
from core.keys.provider import configured


class Command(ProjectCommand):
    about = gettext_lazy(
        "用密码机(PKCS#11)里的密钥包裹现用的各把密钥，显示可写入 .env 的内容；此后设置里不再有明文密钥。"
    )
    example = "manage.py wrap_keys > .env.keys"

    def handle(self, *args: Any, **options: Any) -> None:
        for name in KEYS:
            self.stdout.write(f"{name}={wrapped(name, configured(name))}")
