"""manage.py translations"""

import re
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation.template import templatize

from core.commands import ProjectCommand

CATALOGUES = "locale/*/LC_MESSAGES/django.po"  # Chinese too: of what the admin's package says in English only
PO = Path("locale", "en", "LC_MESSAGES", "django.po")
SOURCES = (
    "config/**/*.py",
    "core/**/*.py",
    "tests/bench/*.py",  # for whoever measures
    "subsidies/**/*.py",
    "ebikes/**/*.py",
    "merchants/**/*.py",
    "templates/**/*.html",
)
KEYWORDS: dict[str, Any] = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z%]|\{\w*\}")
# No dates and no versions: unchanged texts leave the file unchanged.
HEADER = """\
# The English texts. Their identifiers are the Chinese texts of the code and the templates.
msgid ""
msgstr ""
"Language: en\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


class Command(ProjectCommand):
    about = gettext_lazy("编译译文；也可以从代码更新英文译文文件，或检查它是否完整。")
    example = "manage.py translations --update"
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--update", action="store_true", help=_("从代码和模板收集文字，更新译文文件，保留已有译文")
        )
        what.add_argument("--check", action="store_true", help=_("译文缺失、多余或占位符不符时报错"))

    def handle(self, *args: Any, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        catalogue = read(root / PO)
        if options["update"]:
            _replace(root / PO, _as_po(merged(collected(root), catalogue)))
        elif options["check"]:
            if found := list(complaints(collected(root), catalogue)):
                raise CommandError("\n".join(found))
        else:
            for path in root.glob(CATALOGUES):
                _replace(path.with_suffix(".mo"), _as_mo(read(path)))


def read(path: Path) -> Catalog:
    """A catalogue as it stands, in the language of its folder; empty where there is no file yet."""
    locale = path.parent.parent.name
    if not path.exists():
        return Catalog(locale=locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def collected(root: Path) -> Catalog:
    """Every text of the code and the templates, untranslated, in the order of the files' names."""
    found = Catalog(locale="en")
    for path in sorted(each for pattern in SOURCES for each in root.glob(pattern)):
        name = path.relative_to(root).as_posix()
        for line, text, comments, context in extract("python", _python_of(path), keywords=KEYWORDS):
            found.add(text, locations=[(name, line)], auto_comments=comments, context=context)
    return found


def merged(wanted: Catalog, translated: Catalog) -> Catalog:
    """The wanted texts with the translations that exist; what nobody wants any more is dropped."""
    for message in _messages(wanted):
        if known := translated.get(message.id, message.context):
            message.string = known.string
            message.flags |= known.flags & {"fuzzy"}
            message.user_comments = known.user_comments
    return wanted


def complaints(wanted: Catalog, translated: Catalog) -> Iterator[str]:
    """One sentence for each text that is missing, untranslated, doubtful, no longer wanted, or ill-formed."""
    for message in _messages(wanted):
        known = translated.get(message.id, message.context)
        if known is None:
            yield _("译文文件中没有：%s(请运行 manage.py translations --update)") % _first(message)
        elif not all(_forms(known.string)):
            yield _("尚未翻译：%s") % _first(message)
        elif known.fuzzy:
            yield _("译文存疑：%s") % _first(message)
        elif not same_placeholders(known):
            yield _("占位符不符：%s") % _first(message)
    for message in _messages(translated):
        if wanted.get(message.id, message.context) is None:
            yield _("译文已无用处：%s(请运行 manage.py translations --update)") % _first(message)


def same_placeholders(message: Message) -> bool:
    """Whether every form of the translation fills in exactly what the text fills in."""
    texts = [*_forms(message.id), *_forms(message.string)]
    return len({frozenset(Counter(PLACEHOLDER.findall(text)).items()) for text in texts}) == 1


def _python_of(path: Path) -> BytesIO:
    """The source of a file as Python. Of a template: its calls, without an indentation that means nothing."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        source = "\n".join(line.strip() for line in templatize(source).splitlines())
    return BytesIO(source.encode())


def _messages(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _forms(text: str | list[str] | tuple[str, ...] | None) -> list[str]:
    """Singular and plural, or the only form there is."""
    return list(text) if isinstance(text, list | tuple) else [text or ""]


def _first(message: Message) -> str:
    return _forms(message.id)[0]


def _as_po(catalogue: Catalog) -> bytes:
    buffer = BytesIO()
    write_po(buffer, catalogue, width=110, omit_header=True, include_lineno=False)
    return HEADER.encode() + buffer.getvalue()


def _as_mo(catalogue: Catalog) -> bytes:
    buffer = BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole: somebody who reads it meanwhile sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.new")
    half.write_bytes(content)
    half.replace(path)
