"""The template that comes along: `texts/half-year.txt` as a Word document, which staff edit and hand in again."""

import io
from functools import cache
from pathlib import Path

TEXT = Path(__file__).parent / "texts" / "half-year.txt"
FONT, HEADING_FONT = "仿宋_GB2312", "黑体"  # what offices write with; where there is none, Word takes another


@cache
def shipped_template() -> bytes:
    """A paragraph for each line; `#` is the title, `##` a heading."""
    from docx import Document  # noqa: PLC0415 - the library is large, and most pages need none of it
    from docx.enum.text import WD_PARAGRAPH_ALIGNMENT  # noqa: PLC0415
    from docx.shared import Pt  # noqa: PLC0415

    document = Document()
    for line in TEXT.read_text(encoding="utf-8").splitlines():
        marks, _space, words = line.partition(" ") if line.startswith("#") else ("", "", line)
        paragraph = document.add_paragraph()
        run = paragraph.add_run(words)
        run.bold = bool(marks)
        run.font.size = Pt({"#": 22, "##": 16}.get(marks, 16))
        run.font.name = "Times New Roman"
        fonts = run.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(
            "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}eastAsia",
            HEADING_FONT if marks else FONT,
        )
        if marks == "#":
            paragraph.alignment = WD_PARAGRAPH_ALIGNMENT.CENTER
        elif not marks:
            paragraph.paragraph_format.first_line_indent = Pt(32)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
