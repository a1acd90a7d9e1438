"""The modules that are shipped, looked through for what only one of them may do."""

import ast

from django.conf import settings

SHIPPED = ("config", "core", "ebikes", "merchants", "subsidies")


def lines_where(offends, source):
    """The lines of a module's text with a node of its syntax tree that `offends`."""
    return [node.lineno for node in ast.walk(ast.parse(source)) if offends(node)]


def modules_where(offends, *, home):
    """The shipped modules with such lines, by their paths; `home` is the one that may."""
    modules = [path for app in SHIPPED for path in (settings.BASE_DIR / app).rglob("*.py")]
    assert len(modules) > 300
    assert settings.BASE_DIR / home in modules
    found = {
        str(path.relative_to(settings.BASE_DIR)): lines_where(offends, path.read_text()) for path in modules
    }
    return {path: lines for path, lines in found.items() if lines and path != home}
