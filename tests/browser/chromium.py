"""Where the machine's Chromium is, how it is started, and the two screens that the pages are looked at on."""

import os
import shutil

from playwright.sync_api import Browser, BrowserContext, Playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--no-sandbox",  # in a container it is root's, and there is no namespace to be had
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SCREENS = {
    "phone": {
        "viewport": {"width": 360, "height": 800},
        "device_scale_factor": 2,
        "has_touch": True,
        "is_mobile": True,
    },
    "desktop": {"viewport": {"width": 1280, "height": 800}},
}


def find() -> str | None:
    """The program: the one that BROWSER_PATH names, else the first of the usual names on PATH."""
    return os.environ.get("BROWSER_PATH") or next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=find(), args=[*QUIET])


def on_screen(browser: Browser, screen: str, *, site: str) -> BrowserContext:
    """A reader in Hangzhou before one of the two screens, with no cookies yet."""
    return browser.new_context(**SCREENS[screen], base_url=site, locale="zh-CN", timezone_id="Asia/Shanghai")
