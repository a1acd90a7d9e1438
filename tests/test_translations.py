"""English: every text has it, and it fills in what the Chinese fills in."""

import subprocess
import sys
from pathlib import Path

import pytest
import unfold
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from django.conf import settings
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.utils import translation

from config.management.commands.translations import (
    KEYWORDS,
    PO,
    _python_of,
    collected,
    complaints,
    merged,
    read,
    same_placeholders,
)
from ebikes.importing.problems import KINDS
from subsidies.reasons import EVENT_NAMES, NEXT_STEPS, PAYOUT_FAILURES, REASONS, RESULTS, SOURCES
from tests.english import chinese_in

COMMANDS = [
    "add_district",
    "compare_locks",
    "demo",
    "explain",
    "first_administrators",
    "makeguards",
    "export_ledger",
    "pack",
    "match_operator_book",
    "open_scheme",
    "prove_cells",
    "prove_no_oversell",
    "prove_recovery",
    "rebuild_indexes",
    "rotate_keys",
    "signing_keys",
    "sign_heads",
    "stub_licensing",
    "translations",
    "verify_ledger",
    "wrap_keys",
]


def catalogue(**translations):
    """A catalogue of the texts “a %(n)s” and so on, as `name=translation`."""
    made = Catalog(locale="en")
    for name, english in translations.items():
        made.add(f"{name} %(n)s", english)
    return made


def in_english(text):
    with translation.override("en"):
        return str(text)


# ------------------------------------------------------------------ the admin's look, in Chinese


def texts_of_the_look():
    """What the templates and the code of the admin's package say, singular and plural; parts that are not used left out."""
    folder = Path(unfold.__file__).parent
    sources = [
        *folder.glob("templates/**/*.html"),
        *folder.glob("*.py"),
        *folder.glob("contrib/filters/**/*.py"),
    ]
    for path in sources:
        for _line, text, _comments, _context in extract("python", _python_of(path), keywords=KEYWORDS):
            yield text if isinstance(text, str) else text[0]


def test_what_the_admin_s_package_says_in_english_only_is_said_in_chinese():
    with translation.override("zh-hans"):
        english = {text for text in texts_of_the_look() if not chinese_in(translation.gettext(text))}
    unused = {"\n                Found %(counter)s result in %(time)s seconds\n            "}
    assert english - unused == set()


# ------------------------------------------------------------------ the catalogue


def test_the_catalogue_is_complete_and_agrees_with_the_code():
    call_command("translations", "--check")


def test_bringing_the_catalogue_up_to_date_changes_nothing():
    found = collected(settings.BASE_DIR)
    ours = read(settings.BASE_DIR / PO)
    assert [(m.id, m.string) for m in merged(found, ours)][1:] == [(m.id, m.string) for m in ours][1:]


def test_english_texts_hold_no_chinese():
    texts = [
        m.string if isinstance(m.string, str) else "".join(m.string) for m in read(settings.BASE_DIR / PO)
    ]
    assert chinese_in("\n".join(texts)) == []


@pytest.mark.parametrize(
    ("wanted", "translated", "said"),
    [
        (catalogue(a=""), catalogue(), "译文文件中没有：a %(n)s"),
        (catalogue(a=""), catalogue(a=""), "尚未翻译：a %(n)s"),
        (catalogue(a=""), catalogue(a="b"), "占位符不符：a %(n)s"),
        (catalogue(a=""), catalogue(a="b %(m)s"), "占位符不符：a %(n)s"),
        (catalogue(a=""), catalogue(a="b %(n)s %(n)s"), "占位符不符：a %(n)s"),
        (catalogue(), catalogue(a="b %(n)s"), "译文已无用处：a %(n)s"),
    ],
)
def test_each_flaw_of_a_translation_is_named(wanted, translated, said):
    (complaint,) = complaints(wanted, translated)
    assert complaint.startswith(said)


def test_a_doubtful_translation_is_no_translation():
    doubtful = catalogue(a="b %(n)s")
    doubtful.get("a %(n)s").flags.add("fuzzy")
    assert list(complaints(catalogue(a=""), doubtful)) == ["译文存疑：a %(n)s"]


def test_both_forms_of_a_plural_fill_in_the_same():
    made = Catalog(locale="en")
    assert same_placeholders(made.add(("%(n)s 份", "%(n)s 份"), ("%(n)s claim", "%(n)s claims")))
    assert not same_placeholders(made.add(("%(n)s 笔", "%(n)s 笔"), ("one", "%(n)s trades")))


def test_an_update_keeps_translations_and_drops_what_nobody_wants():
    left = merged(catalogue(a="", new=""), catalogue(a="b %(n)s", old="c %(n)s"))
    assert {m.id: m.string for m in left if m.id} == {"a %(n)s": "b %(n)s", "new %(n)s": ""}


def test_texts_of_code_and_templates_are_found_by_every_name(tmp_path):
    counted = "{% blocktranslate with n=1 %}第 {{ n }}{% endblocktranslate %}"
    for name, source in {
        "config/a.py": "x = _('一')\ny = ngettext_lazy('二', '二', 2)",
        "templates/deep/b.html": f'<p>\n    {{% translate "三" %}}\n  {counted}</p>',
        "tests/c.py": "_('不是给用户看的')",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(source)
    assert [m.id for m in collected(tmp_path) if m.id] == ["一", ("二", "二"), "三", "第 %(n)s"]


def test_an_incomplete_catalogue_fails_the_check(monkeypatch):
    monkeypatch.setattr("config.management.commands.translations.read", lambda path: Catalog(locale="en"))
    with pytest.raises(CommandError, match="译文文件中没有"):
        call_command("translations", "--check")


# ------------------------------------------------------------------ words


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_speaks_english(code):
    reason = REASONS[code]
    assert chinese_in(in_english(reason.title) + in_english(reason.remedy)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_problem_of_a_row_speaks_english(kind):
    assert chinese_in(in_english(KINDS[kind][1])) == []


@pytest.mark.parametrize("words", [NEXT_STEPS, PAYOUT_FAILURES, SOURCES, RESULTS, EVENT_NAMES])
def test_every_other_word_about_a_claim_speaks_english(words):
    assert chinese_in("".join(in_english(word) for word in words.values())) == []


# ------------------------------------------------------------------ commands


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_english_for_who_asks_for_it(command, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["manage.py", command, "--lang", "en", "--help"])
    app = get_commands()[command]
    with translation.override("zh-hans"):  # and back to it afterwards: making the parser chooses the language
        text = load_command_class(app, command).create_parser("manage.py", command).format_help()
    assert "Example: manage.py" in text
    assert chinese_in(text) == []


@pytest.mark.parametrize("command", ["explain", "verify_ledger"])
def test_help_is_english_on_the_command_line_too(command):
    argv = [sys.executable, "manage.py", command, "--lang", "en", "--help"]
    done = subprocess.run(argv, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True)
    assert "language of the output" in done.stdout
    assert chinese_in(done.stdout) == []


def test_the_list_of_commands_above_is_complete():
    own = Path(settings.BASE_DIR).glob("*/management/commands/[!_]*.py")
    assert {path.stem for path in own} == {*COMMANDS, "migrate"}  # Django's own, with a time-out
