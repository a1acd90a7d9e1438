"""What is typed for a new version of the accounts or of a layout, read into what is kept; and what is kept, shown."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from core.privacy.notes import names_nobody
from subsidies.closing.accounts import (
    GROUPINGS,
    AccountMap,
    Unreadable,
    book_title,
    kind_title,
    read_accounts,
)
from subsidies.closing.layouts import PAPER_TITLES, Layout, read_columns, read_signs, too_wide
from subsidies.closing.selectors.in_force import Subject, in_force


class RuleForm(forms.Form):
    """What is typed, to be read into `content`."""

    note = forms.CharField(
        label=gettext_lazy("说明"),
        validators=[names_nobody],
        max_length=500,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text=gettext_lazy("写明依据，例如财政部门的通知或答复。"),
    )
    content: Mapping[str, Any]

    def read(self, told: dict[str, Any]) -> dict[str, Any]:
        """What was typed, as it is kept. Raises Unreadable."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                self.content = self.read(told)
            except Unreadable as refusal:
                for sentence in refusal.sentences:
                    self.add_error(None, sentence)
        return told


class AccountsForm(RuleForm):
    """A line an entry."""

    grouping = forms.ChoiceField(
        label=gettext_lazy("凭证的归并"), choices=list(GROUPINGS.items()), widget=UnfoldAdminSelectWidget
    )
    lines = forms.CharField(
        label=gettext_lazy("科目对应"),
        widget=UnfoldAdminTextareaWidget({"rows": 14, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "每行一条分录：类别 | 摘要 | 账套 | 借方科目 | 贷方科目。可从表格粘贴。不制凭证的类别写成：锁定 | 不制证。"
        ),
    )
    field_order = ("grouping", "lines", "note")

    def read(self, told: dict[str, Any]) -> dict[str, Any]:
        return read_accounts(told["lines"], told["grouping"]).as_json()


class LayoutForm(RuleForm):
    """The paper, a line a column, a line a place to sign."""

    title = forms.CharField(label=gettext_lazy("标题"), max_length=30, widget=UnfoldAdminTextInputWidget)
    unit = forms.CharField(label=gettext_lazy("单位名称"), max_length=50, widget=UnfoldAdminTextInputWidget)
    paper = forms.ChoiceField(
        label=gettext_lazy("纸张"), choices=list(PAPER_TITLES.items()), widget=UnfoldAdminSelectWidget
    )
    landscape = forms.BooleanField(label=gettext_lazy("横向"), required=False, widget=UnfoldBooleanWidget)
    columns = forms.CharField(
        label=gettext_lazy("各列"),
        widget=UnfoldAdminTextareaWidget({"rows": 7, "spellcheck": "false"}),
        help_text=gettext_lazy("按先后每行一列：内容 | 表头 | 宽度(毫米)。"),
    )
    signs = forms.CharField(
        label=gettext_lazy("签章处"),
        widget=UnfoldAdminTextareaWidget({"rows": 5, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "每行一处：名称；自动填入姓名的写成 名称 | 制单人 或 名称 | 复核人，盖章的写成 名称 | 盖章。"
        ),
    )
    footer = forms.CharField(
        label=gettext_lazy("页脚"), max_length=100, required=False, widget=UnfoldAdminTextInputWidget
    )
    field_order = ("title", "unit", "paper", "landscape", "columns", "signs", "footer", "note")
    subject = ""

    def read(self, told: dict[str, Any]) -> dict[str, Any]:
        faults: list[str] = []
        parts: dict[str, Any] = {}
        for name, read in (("columns", lambda text: read_columns(self.subject, text)), ("signs", read_signs)):
            try:
                parts[name] = read(told[name])
            except Unreadable as refusal:
                faults += refusal.sentences
        if faults:
            raise Unreadable(faults)
        whole = {name: told[name] for name in ("title", "unit", "paper", "landscape", "footer")}
        layout = Layout(subject=self.subject, **whole, **parts)
        if wide := too_wide(layout):
            raise Unreadable([wide])
        return layout.as_json()


class VoucherForm(LayoutForm):
    subject = "voucher"


class RequestForm(LayoutForm):
    subject = "request"


FORMS: dict[str, type[RuleForm]] = {
    Subject.ACCOUNTS: AccountsForm,
    Subject.VOUCHER: VoucherForm,
    Subject.REQUEST: RequestForm,
}


def typed(subject: str) -> dict[str, Any]:
    """What is in force, as it would be typed."""
    content = in_force(subject).content
    if subject == Subject.ACCOUNTS:
        accounts = AccountMap.from_json(content)
        return {"grouping": accounts.grouping, "lines": accounts.as_text()}
    layout = Layout.from_json(content)
    names = ("title", "unit", "paper", "landscape", "footer")
    return {
        **{name: getattr(layout, name) for name in names},
        "columns": layout.columns_as_text(),
        "signs": layout.signs_as_text(),
    }


def content_shown(subject: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """A rule's content for a page: the entries in a table, or the layout in facts."""
    if subject == Subject.ACCOUNTS:
        accounts = AccountMap.from_json(content)
        entries = [
            (kind_title(each.kind), each.summary, book_title(pair.book), pair.debit, pair.credit)
            for each in accounts.kinds
            for pair in each.pairs
        ]
        unbooked = [kind_title(each.kind) for each in accounts.kinds if not each.pairs]
        return {"grouping": GROUPINGS[accounts.grouping], "entries": entries, "unbooked": unbooked}
    layout = Layout.from_json(content)
    lying = _("横向") if layout.landscape else _("纵向")
    return {
        "facts": [
            (_("标题"), layout.title),
            (_("单位名称"), layout.unit),
            (_("纸张"), f"{PAPER_TITLES[layout.paper]} {lying}"),
            (_("各列"), _("、").join(f"{each.heading}({each.width})" for each in layout.columns)),
            (_("签章处"), _("、").join(each.label for each in layout.signs)),
            (_("页脚"), layout.footer or "–"),
        ]
    }
