"""Pictures of a running demonstration, on both screens, in light and in dark.

python -m tests.browser.pictures http://127.0.0.1:8000 out/pictures merchant PASSWORD [/more/ /paths/]
"""

import sys
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.browser import chromium

PATHS = ("/", "/portal/", "/imports/")


def log_in(page: Page, username: str, password: str) -> None:
    page.goto("/login/")
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(password)
    with page.expect_navigation():
        page.locator("main form button").click()
    if page.url.endswith("/login/"):
        sys.exit(page.get_by_role("alert").inner_text())


def take(context: BrowserContext, path: str, name: str, folder: Path) -> None:
    """Write `NAME-light.png` and `NAME-dark.png`, the whole length of the page."""
    page = context.new_page()
    page.goto(path)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=folder / f"{name}-{scheme}.png", full_page=True)
    page.close()


def main(site: str, out: str, username: str, password: str, *more: str) -> None:
    if not chromium.find():
        sys.exit("no Chromium found: apt-get install chromium, or name one in BROWSER_PATH")
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, chromium.launch(playwright) as browser:
        for screen in chromium.SCREENS:
            context = chromium.on_screen(browser, screen, site=site)
            log_in(context.new_page(), username, password)
            for path in (*PATHS, *more):
                name = path.strip("/").replace("/", "-") or "home"
                take(context, path, f"{name}-{screen}", folder)


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
