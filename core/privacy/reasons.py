"""A reason that says something: whoever wants to see who somebody is, writes down why, and others read it later."""

import re
import unicodedata

FEWEST = 4  # different characters of Chinese, …
FEWEST_LETTERS = 8  # … or letters, so many in all
_AGAIN = re.compile(r"(.{1,6}?)\1+")


def says_something(text: str) -> bool:
    """Whether somebody could learn from it why: no stroke of one key, no dots, no word over and over, no bare number."""
    letters = "".join(each for each in unicodedata.normalize("NFKC", text).casefold() if each.isalpha())
    if _AGAIN.fullmatch(letters):
        return False
    chinese = {each for each in letters if unicodedata.name(each, "").startswith("CJK")}
    return len(chinese) >= FEWEST or (len(letters) >= FEWEST_LETTERS and len(set(letters)) >= FEWEST + 1)
