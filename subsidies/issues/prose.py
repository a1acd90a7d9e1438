"""The report as prose: a Word document whose words in double braces are the figures.

Templates come from staff: Jinja runs in its sandbox, an unknown name is an error, and nothing of a figure is markup.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from subsidies.issues.words import FILTERS

LIMIT, UNPACKED = 2 * 2**20, 30 * 2**20
KNOWN = ("default", "join", "length")  # of Jinja's own filters
_UNKNOWN = re.compile(r"'([^']+)' is undefined|No filter named '([^']+)'")


class NotATemplate(ValueError):
    """The file is no Word document that can be filled in. `word`: the name that is unknown, where that is why."""

    def __init__(self, word: str = "") -> None:
        super().__init__(word)
        self.word = word


class Sandbox(ImmutableSandboxedEnvironment):
    """In which a template says figures and nothing large: it neither counts nor multiplies."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        raise SecurityError(operator)


def written(template: bytes, context: Mapping[str, Any]) -> bytes:
    """The document. Raises NotATemplate."""
    from docxtpl import DocxTemplate  # noqa: PLC0415 - the library is large, and most pages need none of it

    _look_inside(template)
    environment = Sandbox(undefined=StrictUndefined, autoescape=True)
    environment.filters = {name: environment.filters[name] for name in KNOWN} | FILTERS
    environment.globals.clear()
    try:
        document = DocxTemplate(io.BytesIO(template))
        document.render(dict(context), jinja_env=environment)
        out = io.BytesIO()
        document.save(out)
    except UndefinedError as error:
        raise NotATemplate(_named(error)) from error
    except TemplateError as error:
        raise NotATemplate(_named(error) or str(error)[:100]) from error
    except Exception as error:
        raise NotATemplate from error
    return out.getvalue()


def _named(error: Exception) -> str:
    found = _UNKNOWN.search(str(error))
    return next((name for name in found.groups() if name), "") if found else ""


def _look_inside(template: bytes) -> None:
    """Neither too large when unpacked, nor anything but a document without macros. Raises NotATemplate."""
    try:
        with zipfile.ZipFile(io.BytesIO(template)) as archive:
            names = archive.namelist()
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise NotATemplate from error
    if "word/document.xml" not in names or size > UNPACKED or len(template) > LIMIT:
        raise NotATemplate
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise NotATemplate


def prose_of(document: bytes) -> list[str]:
    """Its paragraphs as plain text, to be read on a page."""
    from docx import Document  # noqa: PLC0415 - the library is large, and most pages need none of it

    return [text for each in Document(io.BytesIO(document)).paragraphs if (text := each.text.strip())]
