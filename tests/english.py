"""What is Chinese in a text that ought to be English."""

import re

CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uff65]")


def chinese_in(text: str) -> list[str]:
    """The lines that hold Chinese characters or punctuation."""
    return [line.strip() for line in text.splitlines() if CHINESE.search(line)]
