"""Lists as small as what they say: the theme repeats five hundred letters of style in every cell of a list."""

from unfold.templatetags import unfold_list


def begin() -> None:
    """Let cells bear their field's name alone: how they look is said once, in `static/css/staff.css`."""
    unfold_list.ROW_CLASSES.clear()
    unfold_list.CHECKBOX_CLASSES[:] = ["action-checkbox"]
