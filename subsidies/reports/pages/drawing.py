"""Bars drawn with matplotlib, in the Chinese of our own font: the same figures give the same bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import IO, Any

import pylopdf_fonts_zh_cn
from django.utils.translation import gettext as _

COLOURS = ("#8896ab", "#d08700", "#0b6b4f", "#4ba98a")
MAIN = "#0b6b4f"
WIDE, DOTS = 9.0, 160  # inches, dots per inch


@dataclass(frozen=True, slots=True)
class Bars:
    """Names, and for each series its values beside them (None: nobody knows). `lying`: bars lie below each other.

    `below`: a line of text under them, of what is not drawn.
    """

    names: Sequence[str]
    series: Mapping[str, Sequence[int | None]]
    lying: bool = False
    below: str = ""


@cache
def _font() -> Any:
    from matplotlib import font_manager  # noqa: PLC0415 - the library is large, and most pages need none of it

    return font_manager.FontProperties(fname=str(pylopdf_fonts_zh_cn.sans_path()))


def drawn(bars: Bars, title: str, out: IO[bytes], form: str) -> None:
    """Draw them into `out`, as `svg` or `png`."""
    from matplotlib import rc_context  # noqa: PLC0415
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    with rc_context({"svg.hashsalt": "report", "svg.fonttype": "path", "axes.unicode_minus": False}):
        tall = max(3.0, 0.32 * len(bars.names) * len(bars.series) + 1.2) if bars.lying else 4.5
        picture = Figure(figsize=(WIDE, tall), layout="constrained")
        FigureCanvasAgg(picture)
        axes = picture.add_subplot()
        axes.set_title(title, fontproperties=_font(), fontsize=13)
        if bars.names:
            _lay(axes, bars)
            _dress(axes, bars)
            if bars.below:
                picture.supxlabel(bars.below, fontproperties=_font(), fontsize=10)
        else:
            axes.text(0.5, 0.5, _("期内没有"), fontproperties=_font(), transform=axes.transAxes, ha="center")
            axes.set_axis_off()
        metadata = {"Date": None} if form == "svg" else {"Software": None}
        picture.savefig(out, format=form, dpi=DOTS, metadata=metadata)


def _lay(axes: Any, bars: Bars) -> None:
    """Series side by side within each name, the first name on top or on the left."""
    thick = 0.8 / max(1, len(bars.series))
    for n, (name, values) in enumerate(bars.series.items()):
        places = [at - 0.4 + thick * (n + 0.5) for at in range(len(bars.names))]
        draw = axes.barh if bars.lying else axes.bar
        colour = COLOURS[n % len(COLOURS)] if len(bars.series) > 1 else MAIN
        laid = draw(places, [value or 0 for value in values], thick, label=name, color=colour)
        axes.bar_label(
            laid, labels=["" if value is None else f"{value:,}" for value in values], padding=3, fontsize=8
        )


def _dress(axes: Any, bars: Bars) -> None:
    names, values = (axes.yaxis, axes.xaxis) if bars.lying else (axes.xaxis, axes.yaxis)
    few = 1 if bars.lying or len(bars.names) <= 14 else 2
    names.set_ticks(
        list(range(0, len(bars.names), few)),
        labels=list(bars.names[::few]),
        fontproperties=_font(),
        fontsize=9,
    )
    if bars.lying:
        axes.invert_yaxis()
    values.set_major_formatter(lambda value, _place: f"{value:,.0f}")
    axes.margins(**{"x" if bars.lying else "y": 0.1})
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.legend(prop=_font(), frameon=False, loc="best")
