"""The heading of every page of the staff's."""

from typing import Any

from django import template

from core.staff.headings import address_of_list, title_of_list

register = template.Library()


@register.inclusion_tag("core/staff/heading.html", takes_context=True)
def heading(context: Any) -> dict[str, Any]:
    """The page's title; where it belongs to a list, behind the way to that list."""
    opts, title = context.get("opts"), context.get("title") or context.get("content_title", "")
    parts = [{"title": title}]
    if opts and title_of_list(opts.model) != str(title):
        parts.insert(0, {"title": title_of_list(opts.model), "link": address_of_list(opts.model)})
    return {"parts": parts}
