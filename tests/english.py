"""What is Chinese in a text that ought to be English."""

import re

from django.conf import settings
from django.test import Client

CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uff65]")


def chinese_in(text: str) -> list[str]:
    """The lines that hold Chinese characters or punctuation."""
    return [line.strip() for line in text.splitlines() if CHINESE.search(line)]


def english(user=None):
    """The browser of somebody who chose English."""
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    if user:
        client.force_login(user)
    return client


def chinese_on(response):
    """What is Chinese on a page, apart from the scheme's name and note, the switch back to Chinese, and what a form sends.

    Who pays is a name. Column titles are as they stand in files, and marked as Chinese.
    """
    page = (
        response.content.decode()
        .replace("电动自行车补贴", "")
        .replace("首笔资金", "")
        .replace(settings.PAYER_NAME, "")
        .replace("简体中文", "")
    )
    page = re.sub(r'<option value="[^"]*"', "<option", page)
    page = re.sub(r'<span lang="zh-hans">[^<]*</span>', "", page)
    assert 'lang="en"' in page
    return chinese_in(page)
