"""What every management command of this project has: an example in its help, one clear line for a mistake, two languages."""

import argparse
import re
import sys
from typing import IO, Any, ClassVar, NoReturn, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rich.console import Console

_ARGPARSE_SAYS = (
    (r"the following arguments are required: (.+)", gettext_lazy("缺少参数：%s")),
    (r"unrecognized arguments: (.+)", gettext_lazy("不认识的参数：%s")),
    (r"argument (.+): expected .*", gettext_lazy("参数 %s 需要一个值")),
    (r"argument (.+): invalid .*", gettext_lazy("参数 %s 的值无效")),
)


class OneLineParser(CommandParser):
    """Says what is wrong in one line, in the user's language, and where help is."""

    def error(self, message: str) -> NoReturn:
        if self.called_from_command_line:
            for pattern, sentence in _ARGPARSE_SAYS:
                if found := re.fullmatch(pattern, message):
                    message = str(sentence) % found.group(1)
                    break
            self.exit(2, _("%(what)s(用法见 --help)\n") % {"what": message})
        raise CommandError(_("参数有误：%s") % message)


class ProjectCommand(BaseCommand):
    """Subclasses set `about` and `example`, add their arguments in `add_arguments`, and do their work in `handle`."""

    about: ClassVar[str | Promise]
    example: ClassVar[str]
    console: Console

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        _activate(sys.argv)
        parser = OneLineParser(
            prog=f"manage.py {subcommand}",
            description=str(self.about),
            epilog=_("示例：%s") % self.example,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            called_from_command_line=getattr(self, "_called_from_command_line", None),
            **kwargs,
        )
        parser.add_argument("--lang", choices=["zh-hans", "en"], default="zh-hans", help=_("输出语言"))
        self.add_arguments(parser)
        self.add_base_argument(parser, "--traceback", action="store_true", help=argparse.SUPPRESS)
        for hidden in ("--settings", "--pythonpath"):
            parser.add_argument(hidden, help=argparse.SUPPRESS)
        parser.add_argument("--verbosity", type=int, default=1, help=argparse.SUPPRESS)
        for flag in ("--no-color", "--force-color", "--skip-checks"):
            parser.add_argument(flag, action="store_true", help=argparse.SUPPRESS)
        return parser

    def execute(self, *args: Any, **options: Any) -> str | None:
        width = None if self.stdout.isatty() else 120  # a log is as wide as its lines
        self.console = Console(file=cast(IO[str], self.stdout), highlight=False, soft_wrap=True, width=width)
        with translation.override(options["lang"]):
            try:
                return super().execute(*args, **options)
            except CommandError as error:
                if not getattr(self, "_called_from_command_line", False):
                    raise
                self.stderr.write(str(error))  # the sentence alone, without the name of a class
                sys.exit(error.returncode)


def _activate(argv: list[str]) -> None:
    """Help is printed before options are parsed: the language is looked for in the raw arguments."""
    english = any(
        a == "--lang=en" or (a == "--lang" and argv[i + 1 : i + 2] == ["en"]) for i, a in enumerate(argv)
    )
    translation.activate("en" if english else "zh-hans")
